package lookout

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/seawall-project/seawall/internal/intel/prefix"
)

// The widest networks that a list of providers' networks may name.
const (
	providerBits4 = 8
	providerBits6 = 16
)

// ReadProviders reads which autonomous system announces which networks, from a file of prefixes with a column asn, see [prefix.Parse]. What it returns
// says the system of an address, as AS64500, by the narrowest network that holds it; "" when none does.
func ReadProviders(path string) (func(netip.Addr) string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("networks of providers: %w", err)
	}
	defer f.Close()
	of, err := readProviders(f, time.Now())
	if err != nil {
		return nil, fmt.Errorf("networks of providers: %s: %w", path, err)
	}
	return of, nil
}

func readProviders(r io.Reader, now time.Time) (func(netip.Addr) string, error) {
	list, err := prefix.Parse(r, prefix.Origin{}, now, prefix.Limits{Bits4: providerBits4, Bits6: providerBits6})
	if err != nil {
		return nil, err
	}
	systems := make(map[netip.Prefix]uint32, len(list.Rows))
	for _, row := range list.Rows {
		if row.AS != 0 {
			systems[row.Prefix] = row.AS
		}
	}
	if len(systems) == 0 {
		return nil, errors.New("no row has an autonomous system: a column is to be called asn")
	}
	return func(a netip.Addr) string {
		a = a.Unmap()
		for bits := a.BitLen(); bits > 0; bits-- {
			p, err := a.Prefix(bits)
			if err != nil {
				return ""
			}
			if as, ok := systems[p]; ok {
				return fmt.Sprintf("AS%d", as)
			}
		}
		return ""
	}, nil
}
