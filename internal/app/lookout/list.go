package lookout

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/egress"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// The operations on the watch list.
var (
	Add      = Op[[]Spec, Added]{Name: "add", Do: (*Desk).add}
	List     = Op[struct{}, []Listed]{Name: "list", Do: (*Desk).list}
	Pause    = Op[Pausing, Listed]{Name: "pause", Do: (*Desk).pause}
	Remove   = Op[Named, Listed]{Name: "remove", Do: (*Desk).remove}
	OptOut   = Op[OptingOut, struct{}]{Name: "opt-out", Do: (*Desk).optOut}
	Maintain = Op[Window, Window]{Name: "maintenance", Do: (*Desk).maintain}
)

// Spec is a site to be watched, as a person gives it.
type Spec struct {
	URL      string   `json:"url"`
	Name     string   `json:"name"` // "" for the host
	Page     string   `json:"page,omitempty"`
	Owner    string   `json:"owner,omitempty"`
	Sector   string   `json:"sector,omitempty"`
	Country  string   `json:"country,omitempty"`
	Groups   []string `json:"groups,omitempty"`
	Contacts []string `json:"contacts,omitempty"`
	Public   bool     `json:"public,omitempty"`
	Line     int      `json:"line,omitempty"` // of the file that it stands in
}

// Added is what came of adding sites.
type Added struct {
	Added  int          `json:"added"`
	Merged int          `json:"merged"` // were watched already, or given twice: what was new of them was taken up
	Wrong  []WrongEntry `json:"wrong"`
}

// WrongEntry is an entry that was left out, and why.
type WrongEntry struct {
	Line    int    `json:"line"` // 0 where it stands in no file
	URL     string `json:"url"`
	Why     string `json:"why"`
	Refused bool   `json:"refused"` // for safety: it could be read, and is not asked
}

// Listed is a site of the watch list.
type Listed struct {
	Spec
	Host   string    `json:"host"`
	Paused bool      `json:"paused"`
	Source string    `json:"source"`
	Added  time.Time `json:"added"`
}

// Named names a site by its name or host.
type Named struct {
	Site string `json:"site"`
}

// Pausing pauses a site, or goes on with it.
type Pausing struct {
	Site string `json:"site"`
	Off  bool   `json:"off"` // go on
}

// OptingOut is somebody's wish that a host is not measured. It lasts for ever.
type OptingOut struct {
	Host   string `json:"host"`
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// Window is a maintenance window, of one site or, without one, of all.
type Window struct {
	ID     int64     `json:"id"`
	Site   string    `json:"site"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

func (d *Desk) add(ctx context.Context, specs []Spec) (Added, error) {
	all, err := d.Store.Sites(ctx)
	if err != nil {
		return Added{}, err
	}
	known := make(map[string]store.Site, len(all))
	names := make(map[string]string, len(all))
	for _, s := range all {
		known[s.Host], names[s.Name] = s, s.Host
	}
	outs, err := d.Store.OptOuts(ctx)
	if err != nil {
		return Added{}, err
	}
	out := leavers(outs)
	sum := Added{Wrong: []WrongEntry{}}
	for _, spec := range specs {
		site, no := d.siteOf(spec)
		switch {
		case no.why != "":
		case out.whose(site.Host) != "":
			no = refusal{out.whose(site.Host) + " has opted out", true}
		case names[site.Name] != "" && names[site.Name] != site.Host:
			no.why = "the name " + site.Name + " is that of " + names[site.Name]
		case known[site.Host].Source == store.SourceYAML && known[site.Host].Removed.IsZero():
			no.why = site.Host + " is in the configuration file"
		}
		if no.why != "" {
			sum.Wrong = append(sum.Wrong, WrongEntry{spec.Line, shown(spec.URL), no.why, no.safety})
			continue
		}
		before, watched := known[site.Host]
		if watched = watched && before.Removed.IsZero(); watched {
			site = merged(before, site)
		}
		if before.Name != "" && before.Name != site.Name {
			site.Name = before.Name // the store knows it by this
		}
		if _, err := d.Store.PutSite(ctx, site); err != nil {
			return sum, err
		}
		known[site.Host], names[site.Name] = site, site.Host
		if watched {
			sum.Merged++
		} else {
			sum.Added++
		}
	}
	return sum, d.changed(ctx)
}

// shown returns a URL without the credentials that may be in it, and no more of it than is ever asked for.
func shown(raw string) string {
	raw = raw[:min(len(raw), probe.MaxURL)]
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		scheme, rest = "", raw
	}
	authority, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		rest = "…@" + authority[i+1:] + "/" + path
	}
	if scheme == "" {
		return rest
	}
	return scheme + "://" + rest
}

// refusal says why an entry is left out, and whether that is for safety; without a reason it is none.
type refusal struct {
	why    string
	safety bool
}

// siteOf returns the site that a spec means, or why it means none, or one that would never be asked.
func (d *Desk) siteOf(spec Spec) (store.Site, refusal) {
	u, no := siteURL(spec)
	if no.why != "" {
		return store.Site{}, no
	}
	host, err := egress.Host(u.Hostname())
	if err != nil {
		return store.Site{}, refusal{why: err.Error()}
	}
	page := spec.Page
	if page == "" && u.Path != "" && u.Path != "/" {
		page = u.EscapedPath()
	}
	if len(spec.Country) != 0 && len(spec.Country) != 2 {
		return store.Site{}, refusal{why: "a country has two letters, as DK (ISO 3166-1)"}
	}
	home := &url.URL{Scheme: u.Scheme, Host: hostPort(host, u.Port()), Path: "/"}
	if no := d.unasked(probe.Target{URL: home.String()}, host); no.why != "" {
		return store.Site{}, no
	}
	s := store.Site{
		Name: strings.TrimSpace(spec.Name), URL: home.String(), Host: host, Page: page, Owner: spec.Owner, Sector: spec.Sector,
		Country: strings.ToUpper(spec.Country), Groups: spec.Groups, Contacts: spec.Contacts, Public: spec.Public,
		Source: store.SourceCLI, Added: d.Now(),
	}
	if s.Name == "" {
		s.Name = host
	}
	return s, refusal{}
}

// siteURL reads the URL of a spec, as far as it is one that could be asked for.
func siteURL(spec Spec) (u *url.URL, no refusal) {
	raw := strings.TrimSpace(spec.URL)
	if raw == "" {
		return nil, refusal{why: "there is no URL"}
	}
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	switch {
	case len(raw)+len(spec.Page) > probe.MaxURL:
		return nil, refusal{why: fmt.Sprintf("the URL is longer than %d bytes", probe.MaxURL)}
	case err != nil:
		return nil, refusal{why: "this is no URL"}
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, refusal{why: "a URL begins with http:// or https://"}
	case u.User != nil:
		return nil, refusal{"a URL with credentials is not asked for", true}
	case u.RawQuery != "" || u.ForceQuery:
		return nil, refusal{"a URL with a query is not asked for", true}
	}
	return u, refusal{}
}

// unasked says why no prober would ever ask a home page that the operator did not allow by name.
func (d *Desk) unasked(home probe.Target, host string) refusal {
	err := probe.Check(home, d.Allowed)
	if err == nil {
		return refusal{}
	}
	if no, ok := errors.AsType[*probe.RefusedURL](err); ok {
		return refusal{fmt.Sprintf("%s, unless the lookout runs with --allow-private %s", no.Why, host), true}
	}
	return refusal{why: err.Error()}
}

func hostPort(host, port string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" {
		return host
	}
	return host + ":" + port
}

// merged returns what is known of a site after it was given again: what is given counts, what is left out stays.
func merged(was, is store.Site) store.Site {
	or := func(have *string, other string) {
		if *have == "" {
			*have = other
		}
	}
	or(&is.Page, was.Page)
	or(&is.Owner, was.Owner)
	or(&is.Sector, was.Sector)
	or(&is.Country, was.Country)
	is.Groups = union(was.Groups, is.Groups)
	is.Contacts = union(was.Contacts, is.Contacts)
	is.Public = is.Public || was.Public
	is.Paused, is.Added = was.Paused, was.Added
	return is
}

func union(a, b []string) []string {
	all := append([]string(nil), a...)
	for _, s := range b {
		found := false
		for _, have := range all {
			found = found || have == s
		}
		if !found {
			all = append(all, s)
		}
	}
	return all
}

func (d *Desk) list(ctx context.Context, _ struct{}) ([]Listed, error) {
	all, err := d.Store.Sites(ctx)
	if err != nil {
		return nil, err
	}
	listed := []Listed{}
	for _, s := range all {
		if s.Removed.IsZero() {
			listed = append(listed, listedOf(s))
		}
	}
	return listed, nil
}

func listedOf(s store.Site) Listed {
	return Listed{
		Spec: Spec{
			URL: s.URL, Name: s.Name, Page: s.Page, Owner: s.Owner, Sector: s.Sector, Country: s.Country, Groups: s.Groups, Contacts: s.Contacts,
			Public: s.Public,
		},
		Host: s.Host, Paused: s.Paused, Source: string(s.Source), Added: s.Added,
	}
}

func (d *Desk) pause(ctx context.Context, in Pausing) (Listed, error) {
	s, err := d.editable(ctx, in.Site)
	if err != nil {
		return Listed{}, err
	}
	s.Paused = !in.Off
	return d.put(ctx, s)
}

func (d *Desk) remove(ctx context.Context, in Named) (Listed, error) {
	s, err := d.editable(ctx, in.Site)
	if err != nil {
		return Listed{}, err
	}
	s.Removed = d.Now()
	return d.put(ctx, s)
}

func (d *Desk) put(ctx context.Context, s store.Site) (Listed, error) {
	if _, err := d.Store.PutSite(ctx, s); err != nil {
		return Listed{}, err
	}
	return listedOf(s), d.changed(ctx)
}

func (d *Desk) optOut(ctx context.Context, in OptingOut) (struct{}, error) {
	host, err := egress.Host(in.Host)
	if err != nil {
		return struct{}{}, desk.Refuse("%v", err)
	}
	err = d.Store.OptOut(ctx, store.OptOut{Host: host, At: d.Now(), By: in.By, Reason: in.Reason})
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, d.changed(ctx)
}

// longestWindow bounds a maintenance window: whoever forgets one is not blind for ever.
const longestWindow = 14 * 24 * time.Hour

func (d *Desk) maintain(ctx context.Context, in Window) (Window, error) {
	m := store.Maintenance{From: in.From, To: in.Until, By: in.By, Reason: in.Reason}
	if in.Site != "" {
		s, err := d.find(ctx, in.Site)
		if err != nil {
			return in, err
		}
		m.Site = s.ID
	}
	switch {
	case !m.To.After(m.From):
		return in, desk.Refuse("the window ends before it begins")
	case m.To.Sub(m.From) > longestWindow:
		return in, desk.Refuse("a window lasts at most %d days: pause the site instead", longestWindow/(24*time.Hour))
	}
	id, err := d.Store.AddMaintenance(ctx, m)
	if err != nil {
		return in, err
	}
	in.ID = id
	return in, d.changed(ctx)
}
