package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// head is the first line.
type head struct {
	Sites    []headSite    `json:"sites"`
	Vantages []headVantage `json:"vantages"`
}

type headSite struct {
	Site        string   `json:"site"`
	Home        string   `json:"home"`
	Address     texts    `json:"address"`
	Provider    string   `json:"provider"`
	CNAME       string   `json:"cname"`
	NameServers []string `json:"name_servers"`
}

type headVantage struct {
	Name    string `json:"name"`
	Network text   `json:"network"`
	Country string `json:"country"`
	Address string `json:"address"`
	Inside  texts  `json:"inside"`
	Health  string `json:"health"`
}

// row is any line after the first.
type row struct {
	T           *stamp          `json:"t"`
	Vantage     string          `json:"vantage"`
	Site        string          `json:"site"`
	Class       string          `json:"class"`
	TTFB        *float64        `json:"ttfb_ms"`
	Assessment  texts           `json:"assessment"`
	Health      json.RawMessage `json:"health"`
	OffsetMS    *float64        `json:"clock_offset_ms"`
	Listing     *listing        `json:"listing"`
	Claim       *claim          `json:"claim"`
	Maintenance *maintenance    `json:"maintenance"`
	Feed        *feed           `json:"feed"`
	Edge        *edge           `json:"edge"`
}

type listing struct {
	Host     string          `json:"host"`
	Feed     string          `json:"feed"`
	Previous json.RawMessage `json:"previous_list"`
}

type claim struct {
	Target    texts           `json:"target"`
	Targets   texts           `json:"targets"`
	PostedAt  json.RawMessage `json:"posted_at"`
	Precision text            `json:"precision"`
	Kind      text            `json:"kind"`
	Claimant  string          `json:"claimant"`
	Proof     json.RawMessage `json:"proof"`
	Results   json.RawMessage `json:"results"`
	CheckHost json.RawMessage `json:"check_host"`
}

type feed struct {
	Name string `json:"name"`
	Dark *bool  `json:"dark"`
}

type edge struct {
	Site  string          `json:"site"`
	Seen  string          `json:"seen"`
	Kind  string          `json:"kind"`
	Until json.RawMessage `json:"until"`
}

type maintenance struct {
	Site  string `json:"site"`
	From  *stamp `json:"from"`
	Until *stamp `json:"until"`
}

// stamp is a time in RFC 3339, with any offset from UTC.
type stamp struct{ time.Time }

// UnmarshalJSON reads a time.
func (s *stamp) UnmarshalJSON(data []byte) error {
	var given string
	if err := json.Unmarshal(data, &given); err != nil {
		return fmt.Errorf("time %s: want RFC 3339 in quotes", brief(data))
	}
	t, err := time.Parse(time.RFC3339Nano, given)
	if err != nil {
		return fmt.Errorf("time %s: want RFC 3339, as 2025-11-17T20:00:00Z", brief(data))
	}
	if t.Year() < 1970 || t.Year() > 9000 {
		return fmt.Errorf("time %s: no night of ours", brief(data))
	}
	s.Time = t.UTC()
	return nil
}

// text is a word or a number.
type text string

// UnmarshalJSON reads a word or a number.
func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err == nil {
		*t = text(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("%s: want a word or a number", brief(data))
	}
	*t = text(n.String())
	return nil
}

// texts is a word or a list of them.
type texts []string

// UnmarshalJSON reads a word or a list of them.
func (t *texts) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*t = nil
		if one != "" {
			*t = texts{one}
		}
		return nil
	}
	var many []string
	if err := json.Unmarshal(data, &many); err != nil {
		return fmt.Errorf("%s: want a word or a list of words", brief(data))
	}
	*t = many
	return nil
}

// brief cuts what an error quotes.
func brief(data []byte) string {
	const most = 60
	if len(data) > most {
		return strings.ToValidUTF8(string(data[:most]), "") + "…"
	}
	return string(data)
}

const (
	maxSites    = 100_000
	maxVantages = 64
)

// config returns what the machine watches, and notes on what was guessed.
func (h *head) config() (watch.Config, []string, error) {
	var c watch.Config
	var notes []string
	if len(h.Sites) == 0 || len(h.Vantages) == 0 {
		return c, nil, errors.New("the first line names sites and vantages, at least one each")
	}
	if len(h.Sites) > maxSites || len(h.Vantages) > maxVantages {
		return c, nil, fmt.Errorf("%d sites and %d vantages, at most %d and %d", len(h.Sites), len(h.Vantages), maxSites, maxVantages)
	}
	for _, s := range h.Sites {
		c.Sites = append(c.Sites, s.site())
	}
	for _, v := range h.Vantages {
		out := watch.Vantage{Name: v.Name, Network: string(v.Network), Country: v.Country, Inside: host(v.Inside), Health: watch.Healthy}
		if a, err := netip.ParseAddr(v.Address); err == nil {
			out.Addresses = []netip.Addr{a}
		}
		if out.Network == "" {
			out.Network = "the network of " + v.Name
			notes = append(notes, "vantage "+v.Name+" has no network; it is taken to have one of its own")
		}
		if v.Health != "" {
			health, known := healthOf(v.Health)
			out.Health = health
			if !known {
				notes = append(notes, fmt.Sprintf("vantage %s: health %q is not known; taken as impaired", v.Name, v.Health))
			}
		}
		c.Vantages = append(c.Vantages, out)
	}
	return c, notes, nil
}

func (s headSite) site() watch.Site {
	out := watch.Site{Name: hostOf(s.Site), Home: s.Home, Provider: s.Provider, CNAME: s.CNAME, NameServers: s.NameServers}
	for _, given := range s.Address {
		if a, err := netip.ParseAddr(given); err == nil {
			out.Addresses = append(out.Addresses, a)
		} else if p, err := netip.ParsePrefix(given); err == nil {
			out.Addresses = append(out.Addresses, p.Addr())
		} else if out.CNAME == "" {
			out.CNAME = given
		}
	}
	return out
}

// hostOf returns the name under which a site is known: lower case, without scheme, path, port or end dot.
func hostOf(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if _, rest, found := strings.Cut(name, "://"); found {
		name = rest
	}
	name, _, _ = strings.Cut(name, "/")
	if h, port, found := strings.Cut(name, ":"); found && !strings.Contains(port, ":") {
		name = h
	}
	return strings.TrimSuffix(name, ".")
}

func host(names []string) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = hostOf(n)
	}
	return all
}

// healthWords are what a vantage's health may be called.
var healthWords = map[watch.Health][]string{
	watch.Healthy:   {"healthy", "ok", "good", "up", "recovered", "restored", "checked", "fine"},
	watch.Impaired:  {"impaired", "degraded", "warning", "poor", "partial"},
	watch.BlindHere: {"blind", "down", "lost", "offline", "dead", "failed", "unreachable", "no_network"},
	watch.Unchecked: {"unchecked", "unknown", "none", "no_sentinels"},
}

// healthOf reads a vantage's health, and reports whether the word is known. Others mean that something is wrong there, so it has no vote.
func healthOf(word string) (watch.Health, bool) {
	word = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(word)), "-", "_")
	for h, words := range healthWords {
		if slices.Contains(words, word) {
			return h, true
		}
	}
	return watch.Impaired, false
}

// fact returns what a row says, and a note when something in it was guessed. A row that says nothing known is a fact of nothing.
func (r *row) fact() (watch.Fact, string, error) {
	if r.T == nil {
		return watch.Fact{}, "", errors.New("no t")
	}
	f := watch.Fact{At: r.T.Time}
	kinds := 0
	for _, has := range []bool{r.Class != "", r.hasHealth(), r.Listing != nil, r.Claim != nil, r.Maintenance != nil, r.Feed != nil, r.Edge != nil} {
		if has {
			kinds++
		}
	}
	if kinds == 0 && r.Vantage == "" && r.Site == "" {
		return f, "a row of no kind that is known; skipped", nil
	}
	if kinds != 1 {
		return f, "", fmt.Errorf("want one of class, health, listing, claim and maintenance, got %d", kinds)
	}
	switch {
	case r.Class != "":
		return r.reading(f)
	case r.Listing != nil:
		return r.listing(f)
	case r.Claim != nil:
		return r.claim(f)
	case r.Maintenance != nil:
		return r.maintenance(f)
	case r.Feed != nil, r.Edge != nil:
		return f, "", nil // not for the machine
	default:
		return r.report(f)
	}
}

func (r *row) hasHealth() bool { return len(r.Health) > 0 && string(r.Health) != "null" }

func (r *row) reading(f watch.Fact) (watch.Fact, string, error) {
	if r.Vantage == "" || r.Site == "" {
		return f, "", errors.New("a class needs a vantage and a site")
	}
	var class probe.Class
	if err := class.UnmarshalText([]byte(r.Class)); err != nil {
		return f, "", err
	}
	f.Reading = &watch.Reading{Vantage: r.Vantage, Site: hostOf(r.Site), Class: class, Assessment: r.Assessment}
	if r.TTFB != nil {
		ms := *r.TTFB
		if math.IsNaN(ms) || ms > 3_600_000 {
			return f, "", fmt.Errorf("ttfb_ms %v: more than an hour", ms)
		}
		f.Reading.TTFB = time.Duration(max(0, ms) * float64(time.Millisecond))
	}
	return f, "", nil
}

func (r *row) listing(f watch.Fact) (watch.Fact, string, error) {
	if r.Listing.Host == "" {
		return f, "", errors.New("a listing needs a host")
	}
	f.Listing = &watch.Listing{Host: hostOf(r.Listing.Host)}
	var previous stamp
	if len(r.Listing.Previous) > 0 && previous.UnmarshalJSON(r.Listing.Previous) == nil {
		f.Listing.Previous = previous.Time // else the name of a list, which says nothing here
	}
	return f, "", nil
}

func (r *row) claim(f watch.Fact) (watch.Fact, string, error) {
	if err := r.Claim.check(); err != nil {
		return f, "", err
	}
	c := r.Claim.claim()
	f.Claim = &watch.Claim{Target: c.Targets[0], PostedAt: c.PostedAt.UTC(), Precision: c.Precision, Kind: c.Kind}
	if c.Unreadable != "" {
		return f, fmt.Sprintf("posted_at %s is no time; the day of the line is taken", c.Unreadable), nil
	}
	return f, "", nil
}

func (r *row) maintenance(f watch.Fact) (watch.Fact, string, error) {
	w := r.Maintenance
	if w.From == nil {
		w.From = r.T
	}
	if w.Site == "" {
		w.Site = r.Site
	}
	if w.Site == "" || w.Until == nil || !w.Until.After(w.From.Time) {
		return f, "", errors.New("a maintenance window needs a site, and until after from")
	}
	f.Maintenance = &watch.Maintenance{Site: hostOf(w.Site), From: w.From.Time, Until: w.Until.Time}
	return f, "", nil
}

// health is a report that names more than a word.
type health struct {
	State     string           `json:"state"`
	Health    string           `json:"health"`
	Sentinels []watch.Sentinel `json:"sentinels"`
	Resolver  *bool            `json:"resolver"`
	OffsetMS  *float64         `json:"clock_offset_ms"`
}

func (r *row) report(f watch.Fact) (watch.Fact, string, error) {
	if r.Vantage == "" {
		return f, "", errors.New("health needs a vantage")
	}
	f.Report = &watch.HealthReport{Vantage: r.Vantage, Resolver: true}
	offset := r.OffsetMS
	var word string
	if err := json.Unmarshal(r.Health, &word); err != nil {
		var h health
		if err := json.Unmarshal(r.Health, &h); err != nil {
			return f, "", fmt.Errorf("health %s: want a word or an object", brief(r.Health))
		}
		word = h.State + h.Health
		f.Report.Sentinels = h.Sentinels
		if h.Resolver != nil {
			f.Report.Resolver = *h.Resolver
		}
		if h.OffsetMS != nil {
			offset = h.OffsetMS
		}
		if word == "" && len(h.Sentinels) == 0 {
			return f, "", fmt.Errorf("health %s: want a state or sentinels", brief(r.Health))
		}
	}
	if offset != nil {
		if math.Abs(*offset) > 1e12 || math.IsNaN(*offset) {
			return f, "", fmt.Errorf("clock_offset_ms %v: no clock is that far off", *offset)
		}
		f.Report.Offset = time.Duration(*offset * float64(time.Millisecond))
	}
	if word == "" {
		return f, "", nil
	}
	h, known := healthOf(word)
	f.Report.Given = &h
	if !known {
		return f, fmt.Sprintf("health %q is not known; taken as impaired", brief([]byte(word))), nil
	}
	return f, "", nil
}
