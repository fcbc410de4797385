package bus_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/bus"
)

var noon = time.Date(2025, time.November, 17, 12, 1, 2, 3e6, time.UTC)

func envelope(change func(*bus.Envelope)) bus.Envelope {
	e := bus.Envelope{
		Version: 1, Kind: bus.Result, Vantage: "cph-1", Run: "r1", Sequence: 7, Sent: noon, Payload: json.RawMessage(`{"site":"a"}`),
	}
	change(&e)
	return e
}

func TestEnvelopeComesBack(t *testing.T) {
	want := envelope(func(*bus.Envelope) {})
	m, err := want.Message()
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Subject.String(); got != "watch.result.cph-1" {
		t.Errorf("subject %q", got)
	}
	got, err := bus.Open(m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEnvelopeRefuses(t *testing.T) {
	for name, change := range map[string]func(*bus.Envelope){
		"kind":         func(e *bus.Envelope) { e.Kind = "order" },
		"no vantage":   func(e *bus.Envelope) { e.Vantage = "" },
		"wildcard":     func(e *bus.Envelope) { e.Vantage = "*" },
		"two parts":    func(e *bus.Envelope) { e.Vantage = "a.b" },
		"upper case":   func(e *bus.Envelope) { e.Vantage = "CPH" },
		"hyphen first": func(e *bus.Envelope) { e.Vantage = "-a" },
		"long name":    func(e *bus.Envelope) { e.Vantage = strings.Repeat("a", bus.MaxName+1) },
		"no run":       func(e *bus.Envelope) { e.Run = "" },
		"long run":     func(e *bus.Envelope) { e.Run = strings.Repeat("a", bus.MaxName+1) },
		"sequence":     func(e *bus.Envelope) { e.Sequence = 0 },
		"no time":      func(e *bus.Envelope) { e.Sent = time.Time{} },
		"no payload":   func(e *bus.Envelope) { e.Payload = nil },
		"no JSON":      func(e *bus.Envelope) { e.Payload = json.RawMessage("{") },
		"too large":    func(e *bus.Envelope) { e.Payload = json.RawMessage(`"` + strings.Repeat("a", bus.MaxKept) + `"`) },
	} {
		if m, err := envelope(change).Message(); err == nil {
			t.Errorf("%s: no error, and %s", name, m.Data)
		}
	}
}

// TestOpenBelievesTheSubject: a vantage that was let publish as itself cannot speak for another by what it writes.
func TestOpenBelievesTheSubject(t *testing.T) {
	m, err := envelope(func(*bus.Envelope) {}).Message()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []bus.Subject{{Kind: bus.Result, Vantage: "arh-1"}, {Kind: bus.Health, Vantage: "cph-1"}, {Kind: bus.Assign, Vantage: "cph-1"}} {
		m.Subject = s
		if _, err := bus.Open(m); err == nil {
			t.Errorf("opened on %s", s)
		}
	}
}

func TestOpenRefusesAnotherVersion(t *testing.T) {
	m, err := envelope(func(*bus.Envelope) {}).Message()
	if err != nil {
		t.Fatal(err)
	}
	m.Data = []byte(strings.Replace(string(m.Data), `"version":1`, `"version":2`, 1))
	if _, err := bus.Open(m); err == nil {
		t.Error("opened version 2")
	}
}

func TestParseSubject(t *testing.T) {
	for _, text := range []string{"", "watch", "watch.result", "watch.result.a.b", "other.result.a", "watch.order.a", "watch.result.*", "watch.result.>", "watch..a"} {
		if s, err := bus.ParseSubject(text); !errors.Is(err, bus.ErrSubject) {
			t.Errorf("%q: %v, error %v", text, s, err)
		}
	}
	s, err := bus.ParseSubject("watch.health.a-1")
	if err != nil || s != (bus.Subject{Kind: bus.Health, Vantage: "a-1"}) {
		t.Errorf("got %v, %v", s, err)
	}
}

func FuzzOpen(f *testing.F) {
	m, err := envelope(func(*bus.Envelope) {}).Message()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.Subject.String(), m.Data)
	f.Add("watch.assign.a", []byte(`{"version":1,"kind":"assign","vantage":"a","run":"r","sequence":1,"sent":"2025-11-17T12:00:00Z","payload":{}}`))
	f.Add("watch.health.a", []byte(`{"version":1,"Kind":"health","kind":"result"}`))
	f.Fuzz(func(t *testing.T, subject string, data []byte) {
		s, err := bus.ParseSubject(subject)
		if err != nil {
			return
		}
		e, err := bus.Open(bus.Message{Subject: s, Data: data})
		if err != nil {
			return
		}
		again, err := e.Message()
		if errors.Is(err, bus.ErrTooLarge) || e.Sent.UTC().Year() > 9999 || e.Sent.UTC().Year() < 0 {
			return // written anew, bytes may need more room
		}
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if again.Subject != s {
			t.Fatalf("subject %s became %s", s, again.Subject)
		}
		if _, err := bus.Open(again); err != nil {
			t.Fatalf("%s: %v", again.Data, err)
		}
	})
}
