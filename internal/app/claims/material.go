package claims

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/store"
)

// Material is one thing that a verdict rests on, by its hash. The thing itself lies behind the entry.
type Material struct {
	Kind  string    `json:"kind"` // "claim", "text", "mark", "probes", "body", "list"
	At    time.Time `json:"at"`
	Hash  string    `json:"sha256,omitempty"` // of the material as the entry has it; none of a claim, its text and a mark, which may be erased
	Entry uint64    `json:"entry"`
}

// material is a thing before it is sealed.
type material struct {
	Kind     string          `json:"kind"`
	At       time.Time       `json:"at"`
	Material json.RawMessage `json:"material"`
}

// The limits of what one version seals.
const (
	probesAtOnce = 4000 // rows in one entry: about half a MiB
	maxProbes    = 20   // such entries; the latest stay
	maxBodies    = 40   // pieces of evidence, 64 KiB each at most
	maxLists     = 1000
)

// probeRow is one probe, as it counted.
type probeRow struct {
	At      time.Time `json:"at"`
	Vantage string    `json:"vantage"`
	Run     string    `json:"run"`
	Seq     int64     `json:"seq"`
	Class   string    `json:"class"`
	Phase   string    `json:"phase"`
	Status  int       `json:"status"`
	TTFB    int64     `json:"ttfb_ms"`
	Body    uint64    `json:"body_hash,string"`
	Inside  bool      `json:"inside,omitempty"` // seen from the site's own network: it has no vote
}

// materials gathers what was measured and listed in the windows of a verdict.
func (d *Desk) materials(ctx context.Context, q *asking, v *Verdict) ([]material, error) {
	var all []material
	sites, err := d.Store.Sites(ctx)
	if err != nil {
		return nil, err
	}
	if site := siteNamed(sites, v.Target); site != nil && v.Watched {
		for _, w := range v.Windows {
			r := store.Range{Site: site.ID, From: w.From, To: w.To, Limit: maxResults}
			seen, err := d.measured(ctx, r)
			if err != nil {
				return nil, err
			}
			all = append(all, seen...)
		}
	}
	listed, err := d.listed(ctx, q, v)
	return append(all, listed...), err
}

func (d *Desk) measured(ctx context.Context, r store.Range) ([]material, error) {
	var all []material
	results, err := d.Store.Results(ctx, r)
	if err != nil {
		return nil, err
	}
	rows := make([]probeRow, len(results))
	for i := range results {
		x := &results[i]
		rows[i] = probeRow{
			x.At, x.Vantage, x.Run, x.Sequence, x.Class.String(), x.Phase.String(), x.Status, x.Timings.TTFB.Milliseconds(), x.BodyHash, x.Inside,
		}
	}
	for chunk := range slices.Chunk(rows, probesAtOnce) {
		m, err := materialOf("probes", chunk[0].At, chunk)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	if n := len(all); n > maxProbes {
		all = all[n-maxProbes:]
	}
	r.Limit = 0
	bodies, err := d.Store.Evidence(ctx, r)
	if err != nil {
		return nil, err
	}
	if n := len(bodies); n > maxBodies {
		bodies = bodies[n-maxBodies:]
	}
	for i := range bodies {
		m, err := materialOf(string(kindBody), bodies[i].At, &bodies[i])
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// listRow is a list that names the target. The list itself is not kept.
type listRow struct {
	Feed string    `json:"feed"`
	At   time.Time `json:"at"`
	Hash string    `json:"sha256"`
}

func (d *Desk) listed(ctx context.Context, q *asking, v *Verdict) ([]material, error) {
	var rows []listRow
	for _, w := range v.Windows {
		lists := map[string]bool{}
		for _, name := range q.names {
			f := store.SightingFilter{Host: name, Since: w.From, Until: w.To.Add(time.Millisecond)}
			err := d.Store.Sightings(ctx, f, func(s store.OrderSighting) error {
				lists[s.Feed+" "+s.At.UTC().Format(time.RFC3339Nano)+" "+s.List] = true
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
		if len(lists) == 0 {
			continue
		}
		all, err := d.Store.OrderLists(ctx, "")
		if err != nil {
			return nil, err
		}
		for _, l := range all {
			if lists[l.Feed+" "+l.At.UTC().Format(time.RFC3339Nano)+" "+l.Hash[:len(l.Hash)/2]] && len(rows) < maxLists {
				rows = append(rows, listRow{l.Feed, l.At, l.Hash})
			}
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	m, err := materialOf("list", rows[0].At, rows)
	return []material{m}, err
}

func materialOf(kind string, at time.Time, v any) (material, error) {
	b, err := json.Marshal(v)
	return material{kind, at, b}, err
}

// hashOf returns the hash of a material, in hex.
func hashOf(m json.RawMessage) string {
	sum := sha256.Sum256(m)
	return hex.EncodeToString(sum[:])
}

// seal puts what a verdict rests on into the ledger. What an entry of the version before holds already is pointed to.
func (s *Sealed) seal(w *writer, q *asking, marks []store.KeptMark, materials []material) {
	had := map[string]Material{}
	for _, m := range s.Evidence {
		had[m.Kind+" "+m.Hash] = m
	}
	s.Evidence, s.RestsOn = []Material{}, []uint64{}
	for i := range q.claims {
		c := &q.claims[i]
		s.rest(Material{Kind: "claim", At: c.Received, Entry: c.Entry})
		if c.Text > 0 {
			s.rest(Material{Kind: "text", At: c.Received, Entry: c.Text})
		}
	}
	for _, m := range marks {
		s.rest(Material{Kind: string(kindMark), At: m.At, Entry: m.Entry})
	}
	for _, m := range materials {
		done := Material{Kind: m.Kind, At: m.At, Hash: hashOf(m.Material)}
		if old, ok := had[m.Kind+" "+done.Hash]; ok {
			done = old
		} else {
			done.Entry = w.addJSON(kindOfMaterial(m.Kind), m)
		}
		s.rest(done)
	}
}

// kindOfMaterial is the kind of the entry that holds a material. Bodies have one of their own: they go before the rest does.
func kindOfMaterial(kind string) ledger.Kind {
	if kind == string(kindBody) {
		return kindBody
	}
	return kindEvidence
}

func (s *Sealed) rest(m Material) {
	s.Evidence, s.RestsOn = append(s.Evidence, m), append(s.RestsOn, m.Entry)
}
