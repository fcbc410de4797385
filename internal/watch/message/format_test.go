package message

import (
	"os"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/internal/bus"
)

// TestDocumentedExamples holds that what docs/formats/bus.md shows is read as it says.
func TestDocumentedExamples(t *testing.T) {
	text, err := os.ReadFile("../../../docs/formats/bus.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[bus.Kind]bool{}
	for _, part := range strings.Split(string(text), "```json\n")[1:] {
		example, _, _ := strings.Cut(part, "```")
		for _, kind := range []bus.Kind{bus.Result, bus.Health, bus.Assign} {
			e, err := bus.Open(bus.Message{Subject: bus.Subject{Kind: kind, Vantage: "cph-1"}, Data: []byte(example)})
			if err != nil {
				continue
			}
			seen[kind] = true
			switch kind {
			case bus.Result:
				r, err := ReadResult("cph-1", e.Payload)
				if err != nil || r.Site != "www.example.org" || r.Probe.URL != "https://www.example.org/" {
					t.Errorf("result %+v, %v", r, err)
				}
			case bus.Health:
				h, err := ReadHealth(e.Payload)
				if err != nil || len(h.Sentinels) != 1 || !h.Sentinels[0].Address.IsValid() || h.Sentinels[0].CNAME == "" || h.OffsetMS == nil || h.Held == "" || !h.Resolver || len(h.Addresses) != 1 {
					t.Errorf("health %+v, %v", h, err)
				}
			case bus.Assign:
				a, err := ReadAssignment(e.Payload)
				if err != nil || len(a.Sites) != 1 || a.Sites[0].Page == "" || a.Sites[0].DoubtSeconds == 0 || len(a.Listed) != 1 || len(a.Listed[0].Paths) != 2 || len(a.OptOuts) != 1 || len(a.HomeOnly) != 1 || a.Clock == nil {
					t.Errorf("assignment %+v, %v", a, err)
				}
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("examples of %v alone can be read", seen)
	}
}
