package obs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// TestFamilies follows names as they come and go.
func TestFamilies(t *testing.T) {
	names := []string{"a.example.org", "b.example.org"}
	reg := prometheus.NewPedanticRegistry()
	RegisterFamilies(reg,
		Family{
			Name: "things", Help: "Things there are.", Label: AttrSite, Limited: true,
			Each: func(yield func(string, float64, float64)) {
				for i, name := range names {
					yield(name, float64(i), 9)
				}
			},
		},
		Family{
			Name: "days", Help: "Days left.", Label: AttrSite,
			Each: func(yield func(string, float64, float64)) { yield("a.example.org", 7, 0) },
		})
	want := `
# HELP seawall_days Days left.
# TYPE seawall_days gauge
seawall_days{site="a.example.org"} 7
# HELP seawall_things Things there are.
# TYPE seawall_things gauge
seawall_things{site="a.example.org"} 0
seawall_things{site="b.example.org"} 1
# HELP seawall_things_limit The limit of seawall_things.
# TYPE seawall_things_limit gauge
seawall_things_limit{site="a.example.org"} 9
seawall_things_limit{site="b.example.org"} 9
`
	if diff := cmp.Diff(want[1:], page(t, reg, "seawall_")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	names = names[1:]
	if got, want := page(t, reg, "seawall_things{"), "seawall_things{site=\"b.example.org\"} 0\n"; got != want {
		t.Errorf("after one has gone: got %q, want %q", got, want)
	}
}
