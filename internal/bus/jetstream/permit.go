package jetstream

import (
	"fmt"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/seawall-project/seawall/internal/bus"
)

// users returns who may connect, and what each may do: the lookout everything, a vantage what is its own.
func (s *Server) users(vantages []Vantage) ([]*server.NkeyUser, error) {
	if len(vantages) > maxVantages {
		return nil, fmt.Errorf("%d vantages, at most %d", len(vantages), maxVantages)
	}
	all := []*server.NkeyUser{{Nkey: s.public}}
	names, keys := map[string]bool{}, map[string]string{}
	for _, v := range vantages {
		if err := bus.CheckName(v.Name); err != nil {
			return nil, err
		}
		if !nkeys.IsValidPublicUserKey(v.PublicKey) {
			return nil, fmt.Errorf("vantage %s: its public key is no nkey of a user", v.Name)
		}
		if other, taken := keys[v.PublicKey]; taken || names[v.Name] {
			return nil, fmt.Errorf("vantage %s: its name or its key is also that of %q", v.Name, other)
		}
		names[v.Name], keys[v.PublicKey] = true, v.Name
		all = append(all, &server.NkeyUser{Nkey: v.PublicKey, Permissions: permissions(v.Name)})
	}
	return all, nil
}

// permissions is all that a vantage may do. docs/formats/bus.md has the same for clusters.
func permissions(vantage string) *server.Permissions {
	subject := func(k bus.Kind) string { return bus.Subject{Kind: k, Vantage: vantage}.String() }
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{subject(bus.Result), subject(bus.Health)}},
		Subscribe: &server.SubjectPermission{Allow: []string{subject(bus.Assign), inbox(vantage) + ".>"}},
	}
}

// inbox is where a client hears whether what it published was kept; "" is the lookout.
func inbox(vantage string) string {
	if vantage == "" {
		vantage = "_lookout" // no name of a vantage
	}
	return "_INBOX." + vantage
}
