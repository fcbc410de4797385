package claims

import (
	"io"
	"time"

	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/replay"
)

// Replay judges a written night (docs/formats/replay.md): its rounds are those of the lookout's own machine, its verdicts those of internal/claim.
// Errors name the line.
func Replay(in io.Reader) (*Verdicts, error) {
	n := newNight()
	timeline, err := replay.Play(in, replay.Listener{
		Config: func(c watch.Config) { n.sight = newSight(c) },
		Fact: func(f watch.Fact) {
			n.sight.fact(f)
			if w := f.Maintenance; w != nil {
				n.quiet[w.Site] = append(n.quiet[w.Site], claim.Span{From: w.From, To: w.Until})
			}
		},
		Round: n.heardRound,
		Told: func(t replay.Told) error {
			n.hear(t)
			return n.sight.err()
		},
	})
	if err != nil {
		return nil, err
	}
	if err := n.sight.err(); err != nil {
		return nil, err
	}
	for _, e := range timeline.Events {
		if e.Vantage != nil {
			n.sight.health(e.At, e.Vantage)
		}
	}
	out := &Verdicts{Verdicts: n.verdicts(time.Time{}, timeline.Incidents)}
	out.Notes = append(append([]string{}, timeline.Notes...), n.notes...)
	out.Counts = n.counts
	return out, nil
}

// heardRound passes a round on to the sight, which is there from the first line on.
func (n *night) heardRound(r watch.Round) { n.sight.round(r) }
