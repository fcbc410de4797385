package config

import (
	"fmt"
	"strings"
	"time"
)

// informed is testdata/good/intel.yaml.
func informed(c *Config) {
	watching(c)
	c.Watch.Sites, c.Watch.Sentinels, c.Watch.Resolvers, c.Watch.AllowPrivate, c.Watch.Providers, c.Watch.Admin = nil, nil, nil, nil, "", ""
	c.Intel = Intel{
		Feeds: []Feed{
			{"tracker", "https://tracker.example/last.json", 2 * time.Minute, "MIT", TLPClear},
			{"folder", "/var/lib/lists", DefaultFeedEvery, "", TLPAmberStrict},
		},
		Sectors: "/etc/seawall/sectors.csv", Forecasts: "/var/lib/seawall/forecasts",
	}
}

// renderIntel writes out everything that x says.
func renderIntel(b *strings.Builder, x *Intel) {
	if len(x.Feeds) == 0 && x.Sectors == "" && x.Forecasts == "" {
		return
	}
	b.WriteString("intel:\n  feeds:")
	if len(x.Feeds) == 0 {
		b.WriteString(" []")
	}
	b.WriteString("\n")
	for _, f := range x.Feeds {
		fmt.Fprintf(b, "    - {name: %q, from: %q, every: %s, tlp: %s", f.Name, f.From, f.Every, f.TLP)
		optional(b, "licence", f.Licence)
		b.WriteString("}\n")
	}
	if x.Sectors != "" {
		fmt.Fprintf(b, "  sectors: %q\n", x.Sectors)
	}
	if x.Forecasts != "" {
		fmt.Fprintf(b, "  forecasts: %q\n", x.Forecasts)
	}
}
