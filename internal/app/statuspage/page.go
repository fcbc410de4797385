// Package statuspage makes the public status page of an installation: it reads what the lookout keeps, has room/status render it, writes it into
// a folder, serves it, and brings it to where it is public.
//
// It reads the store and never writes it, so that a page can be made beside a running lookout. What it has to remember lies in two small files in
// the state folder: what an owner's page said last, and what a person said to keep it as it is ([Freeze]). When the store cannot be read, nothing
// is written: the page that is out stays, and says itself when the next was due.
package statuspage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/egress"
	"github.com/seawall-project/seawall/internal/room/status"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// Options are what a page is made from. Page, Store, State and Logger are required.
type Options struct {
	Page   config.Status // its kind is set
	Store  Source
	State  string // the state folder
	Logger *slog.Logger
	Now    func() time.Time // nil means time.Now
}

// Maker makes pages, one at a time.
type Maker struct{ o Options }

// NewMaker returns a Maker.
func NewMaker(o Options) (*Maker, error) {
	switch {
	case o.Store == nil || o.State == "" || o.Logger == nil:
		return nil, errors.New("status page: a store, a state folder and a logger are needed")
	case o.Page.Kind != config.StatusOwner && o.Page.Kind != config.StatusAuthority:
		return nil, errors.New("status page: it is switched off")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Maker{o}, nil
}

// OpenSource opens what a page is made from, beside a lookout that may be running: the file in a state folder, for reading alone, or the PostgreSQL
// database of that URL, see [lookout.CheckStoreURL]; "" for the one in the folder.
func OpenSource(ctx context.Context, state, database string) (SourceCloser, error) {
	if database != "" {
		return lookout.OpenStore(ctx, state, database)
	}
	return sqlite.Read(ctx, filepath.Join(state, sqlite.FileName))
}

// SourceCloser is a Source that is to be closed.
type SourceCloser interface {
	Source
	io.Closer
}

// Make returns the page as it is to be now. Of an owner's page it remembers what it says.
func (m *Maker) Make(ctx context.Context) (status.Page, error) {
	frame, err := m.frame()
	if err != nil {
		return status.Page{}, err
	}
	if m.o.Page.Kind == config.StatusAuthority {
		return m.authority(ctx, frame)
	}
	return m.owner(ctx, frame)
}

func (m *Maker) frame() (status.Frame, error) {
	c := &m.o.Page
	f := status.Frame{Title: c.Title, URL: c.URL, Languages: c.Languages, Zone: c.Zone, Words: map[seawall.Language][]string{}}
	for _, l := range slices.Sorted(maps.Keys(c.Words)) {
		words, err := readWords(c.Words[l])
		if err != nil {
			return f, err
		}
		f.Words[l] = words
	}
	return f, nil
}

// readWords reads somebody's own words. A file that is not there says nothing, for words come and go; one that cannot be read is an error.
func readWords(path string) ([]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open words: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, status.MaxWords+1))
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	words, err := status.ParseWords(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return words, nil
}

func (m *Maker) owner(ctx context.Context, frame status.Frame) (status.Page, error) {
	now := m.o.Now()
	pic, err := look(ctx, m.o.Store, wanted(&m.o.Page), now, now)
	if err != nil {
		return status.Page{}, err
	}
	o := status.Owner{Frame: frame, Every: m.o.Page.Every}
	if o.Sites, err = m.sites(ctx, pic); err != nil {
		return status.Page{}, err
	}
	if len(o.Sites) == 0 {
		return status.Page{}, errors.New("status page: no watched site belongs on it: name sites or groups under status, or add sites with --public")
	}
	if o.Shown, err = recall(m.o.State); err != nil {
		return status.Page{}, err
	}
	if o.Frozen, err = Frozen(m.o.State); err != nil {
		return status.Page{}, err
	}
	p, err := o.Render(now)
	if err != nil {
		return status.Page{}, err
	}
	return p, remember(m.o.State, p.Shown)
}

// sites returns what is on an owner's page: the watched sites that are wanted, and of sites that the file names and nobody watches the name.
func (m *Maker) sites(ctx context.Context, pic *picture) ([]status.Site, error) {
	var all []status.Site
	hosts, names := map[string]bool{}, map[string]bool{}
	for _, s := range pic.watched {
		hosts[s.Host], names[s.Name] = true, true
		d := docOf(pic.states[s.ID])
		listed := !d.Listed.IsZero() && pic.at.Sub(d.Listed) <= named
		said, err := m.named(ctx, s.Host, pic.at)
		if err != nil {
			return nil, err
		}
		all = append(all, status.Site{Name: s.Name, URL: s.URL, State: pic.state(s), Named: listed || said})
	}
	for _, host := range m.o.Page.Sites {
		if !hosts[host] && !names[host] {
			m.o.Logger.Warn("a site on the status page is not watched", "host", host)
			said, err := m.named(ctx, host, pic.at)
			if err != nil {
				return nil, err
			}
			all = append(all, status.Site{Name: host, URL: "https://" + host + "/", Named: said})
		}
	}
	return all, nil
}

func (m *Maker) authority(ctx context.Context, frame status.Frame) (status.Page, error) {
	now := m.o.Now()
	a := status.Authority{Frame: frame, Delay: m.o.Page.Delay, Every: m.o.Page.Every}
	a.AsOf = status.AsOf(now, a.Delay, a.Every)
	pic, err := look(ctx, m.o.Store, wanted(&m.o.Page), a.AsOf, now)
	if err != nil {
		return status.Page{}, err
	}
	a.Counts, a.Hosts, a.Names = pic.counts(), pic.hosts(), pic.names()
	p, err := a.Render(now)
	return p, err
}

// counts returns how many sites of each sector were measured, and how many of these were disturbed. Those that were not watched yet, not
// measured, or under maintenance are not counted.
func (p *picture) counts() []status.Count {
	sum := map[string]status.Count{}
	for _, s := range p.watched {
		if s.Added.After(p.at) {
			continue
		}
		sector := strings.TrimSpace(s.Sector)
		c := sum[sector]
		c.Sector = sector
		switch p.state(s) {
		case status.Working:
			c.Measured++
		case status.Disturbed:
			c.Measured++
			c.Disturbed++
		case status.Unstated, status.Maintenance:
			continue
		}
		sum[sector] = c
	}
	var all []status.Count
	for _, sector := range slices.Sorted(maps.Keys(sum)) {
		all = append(all, sum[sector])
	}
	return all
}

// hosts returns every host that is or was watched.
func (p *picture) hosts() []string {
	var all []string
	for _, s := range p.all {
		all = append(all, s.Host)
		if u, err := url.Parse(s.URL); err == nil && u.Hostname() != s.Host {
			all = append(all, u.Hostname())
		}
	}
	return all
}

// names returns what every site is called that is or was watched.
func (p *picture) names() []string {
	var all []string
	for _, s := range p.all {
		all = append(all, s.Name)
	}
	return all
}

// dialler returns the door through which pages are pushed: private addresses only when the operator said so of the URL's host.
func dialler(push config.StatusPush) (*egress.Dialer, error) {
	o := egress.Options{}
	u, err := url.Parse(push.URL)
	if err != nil {
		return nil, fmt.Errorf("status page: push: %w", errors.New("the URL cannot be read"))
	}
	if push.AllowPrivate {
		o.AllowHosts = []string{u.Hostname()}
	}
	return egress.New(o)
}

var _ Source = store.Store(nil)
