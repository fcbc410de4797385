package jetstream

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/seawall-project/seawall/internal/bus"
)

// documented returns the subjects in one cell of the table "Who may what" in docs/formats/bus.md.
func documented(t *testing.T, who string, column int) (subjects []string) {
	t.Helper()
	text, err := os.ReadFile("../../../docs/formats/bus.md")
	check(t, err)
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) == 5 && strings.TrimSpace(cells[1]) == who {
			for i, s := range strings.Split(cells[column], "`") {
				if i%2 == 1 {
					subjects = append(subjects, s)
				}
			}
		}
	}
	if len(subjects) == 0 {
		t.Fatalf("nothing is documented for %s", who)
	}
	return subjects
}

// TestDocumentedPermissions: with what the documentation gives a lookout on a cluster, and no more, it makes the stream, collects and tells; and what it
// gives a vantage is what the server in this program gives it.
func TestDocumentedPermissions(t *testing.T) {
	r := newRig(t, bus.Limits{})
	own, err := r.Connect()
	check(t, err)
	check(t, own.js.DeleteStream(t.Context(), streamName))
	check(t, own.Close())

	seed, public := newKey(t)
	settings, err := r.settings(r.keys)
	check(t, err)
	settings.Nkeys = append(settings.Nkeys, &server.NkeyUser{Nkey: public, Permissions: &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: documented(t, "the lookout", 2)},
		Subscribe: &server.SubjectPermission{Allow: documented(t, "the lookout", 3)},
	}})
	check(t, r.nats.ReloadOptions(settings))
	lookout, err := Connect(ConnectOptions{URL: r.url(), Seed: []byte(seed), TLS: r.tls})
	check(t, err)
	defer lookout.Close()
	for until := time.Now().Add(10 * time.Second); !lookout.Connected() && time.Now().Before(until); {
		<-time.After(5 * time.Millisecond)
	}
	q, err := lookout.Collect(t.Context()) // and makes the stream
	check(t, err)
	agent := r.Agent(t, "cph-1")
	defer agent.Close()
	ear, err := agent.Listen(t.Context(), "cph-1")
	check(t, err)
	check(t, agent.Publish(t.Context(), result("cph-1")))
	got, err := q.Next(t.Context(), 1)
	check(t, err)
	got[0].Done()
	check(t, lookout.Publish(t.Context(), bus.Message{Subject: bus.Subject{Kind: bus.Assign, Vantage: "cph-1"}, Data: []byte("{}")}))
	_, err = ear.Next(t.Context(), 1)
	check(t, err)

	p := permissions("NAME")
	if !slices.Equal(p.Publish.Allow, documented(t, "vantage NAME", 2)) || !slices.Equal(p.Subscribe.Allow, documented(t, "vantage NAME", 3)) {
		t.Errorf("a vantage may %v and %v, and not what is documented", p.Publish.Allow, p.Subscribe.Allow)
	}
}
