package lookout

import (
	"slices"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/internal/config"
)

// TestAdopt: the file's sites come, stay and go with the file, and leave those of the command line alone.
func TestAdopt(t *testing.T) {
	d := newDesk(t)
	if _, err := Add.Ask(t.Context(), Here(d), []Spec{{URL: "https://cli.example/"}}); err != nil {
		t.Fatal(err)
	}
	hosts := func() []string {
		all, err := List.Ask(t.Context(), Here(d), struct{}{})
		if err != nil {
			t.Fatal(err)
		}
		var hosts []string
		for _, s := range all {
			hosts = append(hosts, s.Host+" "+s.Source)
		}
		slices.Sort(hosts)
		return hosts
	}
	for _, tt := range []struct {
		specs []Spec
		want  []string
		wrong string
	}{
		{[]Spec{{URL: "https://one.example/"}, {URL: "https://two.example/", Name: "Two"}}, []string{"cli.example cli", "one.example yaml", "two.example yaml"}, ""},
		{[]Spec{{URL: "https://two.example/", Name: "Two"}}, []string{"cli.example cli", "two.example yaml"}, ""},
		{[]Spec{{URL: "https://three.example/"}, {URL: "https://cli.example/"}}, []string{"cli.example cli", "two.example yaml"}, "cli.example is watched by the command line"},
		{[]Spec{{URL: "https://one.example/"}}, []string{"cli.example cli", "one.example yaml"}, ""},
		{[]Spec{{URL: "https://one.example/"}, {URL: "http://ONE.example./page"}}, []string{"cli.example cli", "one.example yaml"}, "one.example is there twice"},
		{[]Spec{{URL: "https://one.example/", Name: "N"}, {URL: "https://six.example/", Name: "one.example"}}, []string{"cli.example cli", "one.example yaml"}, "the name one.example is that of one.example"},
		{[]Spec{{URL: "https://four.example/", Name: "N"}, {URL: "https://five.example/", Name: "N"}}, []string{"cli.example cli", "one.example yaml"}, "the name N is that of four.example"},
		{[]Spec{{URL: "https://four.example/", Name: "cli.example"}}, []string{"cli.example cli", "one.example yaml"}, "the name cli.example is that of cli.example"},
		{[]Spec{{URL: "https://four.example/", Name: "Two"}}, []string{"cli.example cli", "one.example yaml"}, "the name Two is that of two.example, whose history"},
		{nil, []string{"cli.example cli"}, ""},
	} {
		err := d.adopt(t.Context(), tt.specs)
		if tt.wrong == "" && err != nil || tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)) {
			t.Errorf("%v: got error %v, want %q", tt.specs, err, tt.wrong)
		}
		if got := hosts(); !slices.Equal(got, tt.want) {
			t.Errorf("%v: got %v, want %v", tt.specs, got, tt.want)
		}
	}
}

// TestFromConfig: what a flag says stands, the rest is the file's.
func TestFromConfig(t *testing.T) {
	o := Setup{}
	o.Vantage.Country = "SE"
	FromConfig(&o, &config.Config{Watch: config.Watch{
		Contact: "it@example.org", Vantage: config.Vantage{Name: "office", Network: "AS64496", Country: "DK"},
		Sentinels: []config.Sentinel{{URL: "https://one.example/", Network: "AS64500"}}, Sites: []config.WatchedSite{{URL: "https://www.example.org"}},
	}})
	if o.Vantage.Country != "SE" || o.Vantage.Name != "office" || o.Probe.Contact != "it@example.org" || len(o.Sentinels) != 1 || len(o.Sites) != 1 {
		t.Errorf("got %+v", o)
	}
}
