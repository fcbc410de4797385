package config

import (
	"path/filepath"
	"strings"
	"time"
)

// Intel is what others publish of attacks, and from where it is taken.
type Intel struct {
	Feeds   []Feed // key "feeds"; no two have one name
	Sectors string // key "sectors": a file that says which sector hosts belong to, beside the built-in table; "" for none
	// Forecasts is the folder in which what everybody may know of forecasts is published, key "forecasts"; "" for none.
	Forecasts string
}

// Feed is one publisher of attack orders, claims or prefixes.
type Feed struct {
	Name    string        // key "name", required
	From    string        // key "from", required: a URL, or the path of a file or folder
	Every   time.Duration // key "every": how often it is looked at, 1 min to 24 h; [DefaultFeedEvery] by default
	Licence string        // key "licence": on what terms it may be used
	TLP     TLP           // key "tlp"; [TLPAmberStrict] by default
}

// TLP is how far something may be passed on (FIRST, Traffic Light Protocol 2.0).
type TLP string

// The labels.
const (
	TLPClear       TLP = "clear"
	TLPGreen       TLP = "green"
	TLPAmber       TLP = "amber"
	TLPAmberStrict TLP = "amber+strict"
	TLPRed         TLP = "red"
)

// DefaultFeedEvery is how often a feed is looked at that says nothing else.
const DefaultFeedEvery = 5 * time.Minute

const maxFeeds = 64

func (d *decoder) intel(n *node, path string) {
	x := &d.config.Intel
	d.mapping(n, path,
		key{name: "feeds", read: func(n *node, path string) {
			d.atMost(n, path, maxFeeds)
			d.each(d.feed)(n, path)
		}},
		key{name: "sectors", read: into(d, &x.Sectors, filePath("/etc/seawall/sectors.csv"))},
		key{name: "forecasts", read: into(d, &x.Forecasts, filePath("/var/lib/seawall/forecasts"))},
	)
}

func (d *decoder) feed(n *node, path string) {
	f := Feed{Every: DefaultFeedEvery, TLP: TLPAmberStrict}
	d.mapping(n, path,
		key{name: "name", need: "tracker", read: into(d, &f.Name, word)},
		key{name: "from", need: "https://tracker.example/last.json", read: into(d, &f.From, feedPlace)},
		key{name: "every", read: into(d, &f.Every, span(time.Minute, 24*time.Hour, "5m"))},
		key{name: "licence", read: into(d, &f.Licence, plainText(maxWord))},
		key{name: "tlp", read: into(d, &f.TLP, tlp)},
	)
	for _, other := range d.config.Intel.Feeds {
		if f.Name != "" && other.Name == f.Name {
			d.add(child(path, "name"), fault{quote(f.Name) + " is already another feed", "give each a name of its own"})
			return
		}
	}
	d.config.Intel.Feeds = append(d.config.Intel.Feeds, f)
}

// feedPlace parses where a feed is: a URL without credentials, or a path.
func feedPlace(s string) (string, *fault) {
	if filepath.IsAbs(s) {
		return filePath("/var/lib/lists")(s)
	}
	if !strings.Contains(s, "://") {
		return "", &fault{quote(s) + " is neither a URL nor a path from the root", "write one such as https://tracker.example/last.json or /var/lib/lists"}
	}
	if f := webFault(s); f != nil {
		return "", &fault{f.message, "write one such as https://tracker.example/last.json"}
	}
	return s, nil
}

func tlp(s string) (TLP, *fault) {
	switch t := TLP(strings.TrimPrefix(strings.ToLower(s), "tlp:")); t {
	case TLPClear, TLPGreen, TLPAmber, TLPAmberStrict, TLPRed:
		return t, nil
	}
	return TLPAmberStrict, &fault{quote(s) + " is not a label of the Traffic Light Protocol", "write clear, green, amber, amber+strict or red"}
}
