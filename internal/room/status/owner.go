package status

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
)

// Slow is how long an owner's page stays as it is, at least, while a listing or a claim names one of its sites: whoever attacks it learns from
// it neither quickly nor exactly what came of that.
const Slow = 15 * time.Minute

// Owner is what an owner's page is rendered from.
type Owner struct {
	Frame
	Sites  []Site // in the order in which they are shown; no name twice
	Every  time.Duration
	Frozen *Freeze // nil: it is not
	Shown  *Shown  // what the page said last; nil when it was never rendered
}

// Site is one site on its owner's page.
type Site struct {
	Name  string // as its owner calls it
	URL   string // where it is; only http and https become links
	State State  // now
	Named bool   // a listing or a claim names it
}

// Freeze is a person's word that a page is to stay as it is.
type Freeze struct {
	Since time.Time
	Words map[seawall.Language][]string // shown in place of the owner's other words; where there are none, those stay
}

// Shown is what an owner's page said, and since when.
type Shown struct {
	At      time.Time        `json:"at"`      // the time that the page carried
	Changed time.Time        `json:"changed"` // when any state on it changed last
	States  map[string]State `json:"states"`  // by [Site.Name]
}

// Render returns the page as it is to be at now.
func (o Owner) Render(now time.Time) (Page, error) {
	p, err := o.render(now)
	if err != nil {
		return Page{}, fmt.Errorf("owner's page: %w", err)
	}
	return p, nil
}

func (o *Owner) render(now time.Time) (Page, error) {
	var err error
	if o.Frame, err = o.check(); err != nil {
		return Page{}, err
	}
	if err := o.checkSites(); err != nil {
		return Page{}, err
	}
	p := Page{Files: Folder{}, Shown: o.next(now.UTC())}
	p.At, p.Due = p.Shown.At, o.due(p.Shown.At)
	if o.Frozen != nil && len(o.Frozen.Words) > 0 {
		o.Words = o.Frozen.Words
	}
	for _, l := range o.Languages {
		if p.Files[pageName(o.Languages, l)], err = o.html(l, &p); err != nil {
			return Page{}, err
		}
		if p.Files[feedName(l)], err = o.atom(l, &p); err != nil {
			return Page{}, err
		}
	}
	if p.Files[JSON], err = o.json(&p); err != nil {
		return Page{}, err
	}
	return p, p.Files.check()
}

func (o *Owner) checkSites() error {
	if len(o.Sites) == 0 || len(o.Sites) > MaxSites {
		return fmt.Errorf("%d sites, from 1 to %d", len(o.Sites), MaxSites)
	}
	seen := map[string]bool{}
	for _, s := range o.Sites {
		if err := checkText("name of a site", s.Name); err != nil {
			return err
		}
		if seen[s.Name] {
			return fmt.Errorf("site %q is there twice", s.Name)
		}
		seen[s.Name] = true
	}
	return nil
}

// next returns what the page is to say: what it said, while it may not change, else what is so now.
func (o *Owner) next(now time.Time) Shown {
	was := o.Shown
	switch {
	case o.Frozen != nil && was == nil:
		return Shown{At: o.Frozen.Since.UTC(), Changed: o.Frozen.Since.UTC(), States: o.only(nil)}
	case was == nil || was.At.After(now) && o.Frozen == nil: // the clock was set back
		return Shown{At: now, Changed: now, States: o.fresh()}
	case o.Frozen != nil, o.named() && now.Sub(was.At) < Slow:
		return Shown{At: was.At.UTC(), Changed: was.Changed.UTC(), States: o.only(was.States)}
	}
	next := Shown{At: now, Changed: was.Changed.UTC(), States: o.fresh()}
	if !maps.Equal(next.States, was.States) {
		next.Changed = now
	}
	return next
}

func (o *Owner) fresh() map[string]State {
	all := make(map[string]State, len(o.Sites))
	for _, s := range o.Sites {
		all[s.Name] = s.State
	}
	return all
}

// only returns the states of those that are still on the page.
func (o *Owner) only(was map[string]State) map[string]State {
	all := make(map[string]State, len(o.Sites))
	for _, s := range o.Sites {
		all[s.Name] = was[s.Name]
	}
	return all
}

func (o *Owner) named() bool {
	return slices.ContainsFunc(o.Sites, func(s Site) bool { return s.Named })
}

// due returns when the page after the one of at is due; the zero time when that is up to a person.
func (o *Owner) due(at time.Time) time.Time {
	switch {
	case o.Frozen != nil:
		return time.Time{}
	case o.named():
		return at.Add(Slow)
	}
	return at.Add(o.Every)
}

// weights order states by what is said first.
var weights = [states]int{Working: 0, Unstated: 1, Maintenance: 2, Disturbed: 3}

// worst returns what is said above all: that all is well only when it is known of every site.
func (o *Owner) worst(states map[string]State) State {
	worst := Working
	for _, s := range o.Sites {
		if st := states[s.Name]; weights[st] > weights[worst] {
			worst = st
		}
	}
	return worst
}

// signs stand beside the states' words; nothing is told by them alone.
var signs = [states]string{Unstated: "–", Working: "✓", Disturbed: "!", Maintenance: "⚙"}

type ownerDocument struct {
	document
	Frozen moment
	Sites  []siteRow
	Legend []meaning
}

type siteRow struct {
	Name, URL string
	State     stateWord
}

type stateWord struct{ Key, Sign, Text string }

type meaning struct{ Text, Meaning string }

func (o *Owner) html(l seawall.Language, p *Page) ([]byte, error) {
	w := wordings[l]
	d := ownerDocument{document: o.document(l, w.headline[o.worst(p.Shown.States)], p.At, p.Due)}
	d.Above, d.Heading = w.sites, o.Title
	if o.Frozen != nil {
		d.Frozen = o.moment(l, o.Frozen.Since)
	}
	var seen [states]bool
	for _, s := range o.Sites {
		st := p.Shown.States[s.Name]
		seen[st] = true
		d.Sites = append(d.Sites, siteRow{s.Name, webURL(s.URL), stateWord{st.String(), signs[st], w.state[st]}})
	}
	for _, st := range []State{Working, Disturbed, Maintenance, Unstated} {
		if seen[st] {
			d.Legend = append(d.Legend, meaning{w.state[st], w.legend[st]})
		}
	}
	return render("owner.html", d)
}

// ownerJSON is docs/formats/status.md's "owner".
type ownerJSON struct {
	Format string              `json:"format"`
	Kind   string              `json:"kind"`
	Title  string              `json:"title"`
	At     string              `json:"at"`
	Due    *string             `json:"next_due_at"`
	Frozen bool                `json:"frozen"`
	Words  map[string][]string `json:"words"`
	State  State               `json:"state"`
	Sites  []siteJSON          `json:"sites"`
}

type siteJSON struct {
	Name  string `json:"name"`
	URL   string `json:"url"`
	State State  `json:"state"`
}

func (o *Owner) json(p *Page) ([]byte, error) {
	d := ownerJSON{
		Format: Format, Kind: "owner", Title: o.Title, At: stamp(p.At), Due: dueJSON(p.Due), Frozen: o.Frozen != nil, Words: o.wordsJSON(),
		State: o.worst(p.Shown.States),
	}
	for _, s := range o.Sites {
		d.Sites = append(d.Sites, siteJSON{s.Name, webURL(s.URL), p.Shown.States[s.Name]})
	}
	return asJSON(d)
}

// Format names the form of [JSON] and its version.
const Format = "seawall.status/1"

func dueJSON(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := stamp(t)
	return &s
}

func (f *Frame) wordsJSON() map[string][]string {
	all := map[string][]string{}
	for l, p := range f.Words {
		if len(p) > 0 {
			all[l.String()] = p
		}
	}
	return all
}

func asJSON(v any) ([]byte, error) {
	out, err := json.MarshalIndent(v, "", "  ") // escapes <, > and &, for whoever puts it into a page
	return append(out, '\n'), err
}
