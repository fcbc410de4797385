package replay

import (
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
)

// Timeline is what the lookout would have said of a night.
type Timeline struct {
	Transitions []Transition  `json:"transitions"`
	Incidents   []Incident    `json:"incidents"`
	Overlays    []Overlay     `json:"overlays"`
	Vantages    []Vantage     `json:"vantages"`
	NearMisses  []NearMiss    `json:"near_misses"`
	AskedAgain  []AskedAgain  `json:"asked_again"`
	Withdrawn   []Incident    `json:"withdrawn"`
	Notes       []string      `json:"notes"`
	Counts      watch.Counts  `json:"counts"`
	Events      []watch.Event `json:"-"`
}

// maxEvents bounds what is kept of a night.
const maxEvents = 2_000_000

// ErrTooMuch says that more happens in a night than a timeline may hold.
var ErrTooMuch = errors.New("more than 2,000,000 events")

// Run reads a night and returns what the machine said. Errors name the line.
func Run(in io.Reader) (*Timeline, error) { return Play(in, Listener{}) }

// Play is [Run] with somebody listening.
func Play(in io.Reader, l Listener) (*Timeline, error) {
	r, err := newReader(in)
	if err != nil {
		return nil, err
	}
	m, err := watch.New(r.config)
	if err != nil {
		return nil, r.wrong(err)
	}
	r.told = l.Told
	m.OnRound(l.Round)
	if l.Config != nil {
		l.Config(r.config)
	}
	events, err := play(r, m, l)
	if err != nil {
		return nil, err
	}
	t := assemble(events, m.Incidents())
	t.Counts = m.Counts()
	t.Notes = append(t.Notes, r.notes...)
	return t, nil
}

// play tells the machine every fact, those of one time together.
func play(r *reader, m *watch.Machine, l Listener) ([]watch.Event, error) {
	var events []watch.Event
	var at time.Time
	for {
		f, err := r.fact()
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return nil, err
		}
		if !at.IsZero() && (end || f.At.After(at)) {
			events = append(events, m.Tick(at)...)
		}
		if len(events) > maxEvents {
			return nil, r.wrong(ErrTooMuch)
		}
		if end {
			if l.End != nil {
				l.End(at)
			}
			return events, nil
		}
		if l.Fact != nil {
			l.Fact(f)
		}
		if f.At.After(at) {
			at = f.At
		}
		m.Observe(f)
	}
}

// assemble sorts events by what they are. Incidents stand as they were at the end; open holds those that are.
func assemble(events []watch.Event, open []watch.Incident) *Timeline {
	t := &Timeline{
		Transitions: []Transition{}, Incidents: []Incident{}, Overlays: []Overlay{}, Vantages: []Vantage{}, NearMisses: []NearMiss{},
		AskedAgain: []AskedAgain{}, Withdrawn: []Incident{}, Notes: []string{}, Events: events,
	}
	lasting := make(map[int64]watch.Incident)
	for _, e := range events {
		switch {
		case e.Transition != nil:
			t.Transitions = append(t.Transitions, transition(e))
		case e.Overlay != nil:
			t.Overlays = append(t.Overlays, overlay(e))
		case e.Vantage != nil:
			t.Vantages = append(t.Vantages, Vantage{stampOf(e.At), e.Vantage.Vantage, e.Vantage.From, e.Vantage.To, e.Vantage.Why})
		case e.NearMiss != nil:
			t.NearMisses = append(t.NearMisses, NearMiss{stampOf(e.At), e.NearMiss.Site, stampOf(e.NearMiss.Since), probes(e.NearMiss.Because)})
		case e.AskAgain != nil:
			a := e.AskAgain
			t.AskedAgain = append(t.AskedAgain, AskedAgain{stampOf(e.At), a.Vantage, a.Sites, a.Groups, a.Of})
		case e.Incident != nil && e.Incident.What == watch.Revoked:
			delete(lasting, e.Incident.Incident.ID)
			t.Withdrawn = append(t.Withdrawn, incident(e.Incident.Incident))
		case e.Incident != nil:
			lasting[e.Incident.Incident.ID] = e.Incident.Incident
		}
	}
	for _, i := range open {
		lasting[i.ID] = i
	}
	for _, id := range slices.Sorted(maps.Keys(lasting)) {
		t.Incidents = append(t.Incidents, incident(lasting[id]))
	}
	return t
}
