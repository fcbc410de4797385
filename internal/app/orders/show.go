package orders

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
)

// The operations that show what lists say.
var (
	Listings  = Op[Asking, []Listed]{Name: "intel-listings", Do: (*Desk).listings}
	Campaigns = Op[Asking, []Campaign]{Name: "intel-campaigns", Do: (*Desk).campaigns}
	Host      = Op[AskingHost, HostShown]{Name: "intel-host", Do: (*Desk).host}
	Feeds     = Op[struct{}, []FeedShown]{Name: "intel-feeds", Do: (*Desk).feeds}
)

// Asking says which listings are asked for. The zero value means all.
type Asking struct {
	Feed    string    `json:"feed,omitempty"`
	Country string    `json:"country,omitempty"` // as in names, "uk"
	Sector  string    `json:"sector,omitempty"`
	Since   time.Time `json:"since,omitzero"` // those that last or ended at this time or later
	Until   time.Time `json:"until,omitzero"` // those that began before this time
	Limit   int       `json:"limit,omitempty"`
}

// Listed is a listing for a person.
type Listed struct {
	Feed      string     `json:"feed"`
	Host      string     `json:"host"`
	Country   string     `json:"country"`
	Sector    string     `json:"sector"`
	Previous  *time.Time `json:"previous"` // the list before the first; null when there was none
	First     time.Time  `json:"first"`
	Last      time.Time  `json:"last"`
	Sightings int        `json:"sightings"`
}

// listings does [Listings], the latest first.
func (d *Desk) listings(ctx context.Context, in Asking) ([]Listed, error) {
	all, err := d.asked(ctx, in)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b seawall.Listing) int { return b.First.Compare(a.First) })
	if in.Limit > 0 && len(all) > in.Limit {
		all = all[:in.Limit]
	}
	shown := []Listed{}
	for i := range all {
		shown = append(shown, d.listed(&all[i]))
	}
	return shown, nil
}

func (d *Desk) listed(l *seawall.Listing) Listed {
	s := Listed{
		Feed: l.Feed, Host: l.Host, Country: seawall.CountryOf(l.Host), Sector: d.Sectors.Of(l.Host), First: l.First, Last: l.Last, Sightings: l.Sightings,
	}
	if !l.Previous.IsZero() {
		s.Previous = &l.Previous
	}
	return s
}

// asked returns the listings that were asked for.
func (d *Desk) asked(ctx context.Context, in Asking) ([]seawall.Listing, error) {
	all, err := Load(ctx, d.Store, store.SightingFilter{Feed: in.Feed}, Bare)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(l seawall.Listing) bool {
		return in.Country != "" && seawall.CountryOf(l.Host) != in.Country || in.Sector != "" && d.Sectors.Of(l.Host) != in.Sector ||
			l.Last.Before(in.Since) || !in.Until.IsZero() && !l.First.Before(in.Until)
	}), nil
}

// Campaign is an [intel.Campaign] for a person.
type Campaign struct {
	Actor    string    `json:"actor"`
	Country  string    `json:"country"`
	Sector   string    `json:"sector"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Hosts    int       `json:"hosts"`
	Listings int       `json:"listings"`
}

// campaigns does [Campaigns], the latest first.
func (d *Desk) campaigns(ctx context.Context, in Asking) ([]Campaign, error) {
	all, err := d.asked(ctx, in)
	if err != nil {
		return nil, err
	}
	feeds, err := d.Store.Feeds(ctx)
	if err != nil {
		return nil, err
	}
	shown := []Campaign{}
	for _, c := range intel.Campaigns(all, d.Sectors, func(feed string) string { return actorOf(feeds, feed) }) {
		shown = append(shown, Campaign(c))
	}
	slices.Reverse(shown)
	if in.Limit > 0 && len(shown) > in.Limit {
		shown = shown[:in.Limit]
	}
	return shown, nil
}

// actorOf returns whose orders a feed has: by its format, else the feed's own name.
func actorOf(feeds []store.Feed, name string) string {
	for _, f := range feeds {
		if f.Name == name {
			return cmp.Or(Actor(f.Format), name)
		}
	}
	return name
}

// AskingHost names a host.
type AskingHost struct {
	Host string `json:"host"`
}

// HostShown is what is known of a host. Others that are like it appear as a number: they are victims, too.
type HostShown struct {
	Host     string        `json:"host"`
	Country  string        `json:"country"`
	Sector   string        `json:"sector"`
	Listings []HostListing `json:"listings"` // the latest first
	Near     int           `json:"near"`     // other listed hosts of the same registrable domain
	Grade    string        `json:"grade"`    // in which those of this host would be warned now: named, near, pattern; "" for not at all
	Why      string        `json:"why"`      // as [intel.Warning] has it; "" without a grade
	Mates    Mates         `json:"mates"`
	// Networks that attacked somebody, as lists say which still mean something, and that hold the host where it is an address; narrowest first.
	Networks []NetworkShown `json:"networks"`
}

// HostListing is one listing with what it aims at.
type HostListing struct {
	Listed
	Vectors   []string   `json:"vectors"`
	Ports     []uint16   `json:"ports"`
	Oldest    *time.Time `json:"oldest"` // when the oldest order was made; null where none says
	Templates []Template `json:"templates"`
}

// Template is a [seawall.Template] for a person.
type Template struct {
	Vector  string     `json:"vector"`
	Method  string     `json:"method"`
	Port    uint16     `json:"port"`
	TLS     bool       `json:"tls"`
	Path    string     `json:"path"`
	Query   []Param    `json:"query"`
	Form    string     `json:"form"`
	Body    []Param    `json:"body"`
	Headers []Param    `json:"headers"`
	Created *time.Time `json:"created"`
}

// Param is a [seawall.Param] for a person.
type Param struct {
	Name  string `json:"name"`
	Class string `json:"class"`
}

// host does [Host].
func (d *Desk) host(ctx context.Context, in AskingHost) (HostShown, error) {
	host, ok := ddosia.NormalHost(in.Host)
	if !ok {
		return HostShown{}, desk.Refuse("%q is no host name", in.Host)
	}
	all, err := Load(ctx, d.Store, store.SightingFilter{Host: host}, WithTemplates)
	if err != nil {
		return HostShown{}, err
	}
	shown := HostShown{Host: host, Country: seawall.CountryOf(host), Sector: d.Sectors.Of(host), Listings: []HostListing{}}
	for i := range all {
		shown.Listings = append(shown.Listings, d.hostListing(&all[i]))
	}
	slices.SortStableFunc(shown.Listings, func(a, b HostListing) int { return b.First.Compare(a.First) })
	address, _ := netip.ParseAddr(host) // none of a name
	if shown.Networks, err = d.networks(ctx, address); err != nil {
		return shown, err
	}
	return shown, d.around(ctx, &shown)
}

func (d *Desk) hostListing(l *seawall.Listing) HostListing {
	s := HostListing{Listed: d.listed(l), Vectors: []string{}, Ports: []uint16{}, Templates: []Template{}}
	for i := range l.Templates {
		t := templateOf(&l.Templates[i])
		if !slices.Contains(s.Vectors, t.Vector) {
			s.Vectors = append(s.Vectors, t.Vector)
		}
		if t.Port != 0 && !slices.Contains(s.Ports, t.Port) {
			s.Ports = append(s.Ports, t.Port)
		}
		if t.Created != nil && (s.Oldest == nil || t.Created.Before(*s.Oldest)) {
			s.Oldest = t.Created
		}
		s.Templates = append(s.Templates, t)
	}
	slices.Sort(s.Vectors)
	slices.Sort(s.Ports)
	return s
}

func templateOf(t *seawall.Template) Template {
	s := Template{
		Vector: string(t.Vector), Method: t.Method, Port: t.Port, TLS: t.TLS, Path: t.Path, Form: t.Form,
		Query: paramsOf(t.Query), Body: paramsOf(t.Body), Headers: paramsOf(t.Headers),
	}
	if !t.Created.IsZero() {
		s.Created = &t.Created
	}
	return s
}

func paramsOf(all []seawall.Param) []Param {
	shown := []Param{}
	for _, p := range all {
		shown = append(shown, Param{p.Name, string(p.Class)})
	}
	return shown
}

// Silence is how long a feed may have no list before it counts as silent. No list is not "no targets".
const Silence = 26 * time.Hour

// FeedShown is a feed for a person.
type FeedShown struct {
	Name   string `json:"name"`
	Format string `json:"format"`
	Actor  string `json:"actor"`
	Lists  int    `json:"lists"` // with orders

	Networks int `json:"networks"` // that attacked, of lists that still mean something

	First *time.Time `json:"first"` // of its lists
	Last  *time.Time `json:"last"`
	From  string     `json:"from"` // where a running lookout takes it from; "" for one that people import

	Licence string `json:"licence"` // on what terms it may be used; "" when nobody said
	TLP     string `json:"tlp"`     // how far what it gives may be passed on; "TLP:AMBER+STRICT" when nobody said
	Error   string `json:"error"`   // of the last look; "" when it succeeded
	Silent  bool   `json:"silent"`  // whether it gives orders and the last list is older than [Silence]: then nothing is known, not "no targets"
}

// feeds does [Feeds].
func (d *Desk) feeds(ctx context.Context, _ struct{}) ([]FeedShown, error) {
	feeds, err := d.Store.Feeds(ctx)
	if err != nil {
		return nil, err
	}
	times, err := listTimes(ctx, d.Store, "")
	if err != nil {
		return nil, err
	}
	networks, err := d.Store.NetworksBy(ctx, d.Now())
	if err != nil {
		return nil, err
	}
	shown := []FeedShown{}
	for _, f := range feeds {
		if !f.Removed.IsZero() {
			continue
		}
		label, _ := tlp.Parse(f.TLP)
		s := FeedShown{
			Name: f.Name, Format: f.Format, Actor: actorOf(feeds, f.Name), Lists: len(times[f.Name]), Networks: networks[f.Name],
			From: f.URL, Licence: f.Licence, TLP: label.String(), Error: f.Error, Silent: givesOrders(f.Format),
		}
		if n := s.Lists; n > 0 {
			s.First, s.Last = &times[f.Name][0], &times[f.Name][n-1]
			s.Silent = s.Silent && d.Now().Sub(*s.Last) > Silence
		}
		shown = append(shown, s)
	}
	return shown, nil
}
