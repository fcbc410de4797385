package forecast

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Settled is a forecast and what is known of it by now.
type Settled struct {
	Forecast
	Sealed     time.Time // when its seal was set, by the ledger
	Intact     bool      // the seal is that of the forecast
	Resolution *Resolution
}

// fewest is how many resolved forecasts it takes before a score says anything.
const fewest = 20

// Standing is how well one author did with one event and kind of population. Scores are over what was resolved, and null where nothing was.
type Standing struct {
	By           string `json:"by"`
	Event        Event  `json:"event"`
	Population   Kind   `json:"population"`
	N            int    `json:"n"` // resolved
	Came         int    `json:"came"`
	Open         int    `json:"open"`         // not resolved yet
	Unresolvable int    `json:"unresolvable"` // not scored
	Late         int    `json:"late"`         // sealed after the window opened: not scored
	Broken       int    `json:"broken"`       // the seal is not that of the forecast: not scored

	Brier          *float64 `json:"brier"`
	BrierReference *float64 `json:"brier_reference"`
	Skill          *float64 `json:"skill"` // 1 − Brier/Brier of the reference
	LogScore       *float64 `json:"log_score"`
	Beside         *Beside  `json:"beside,omitempty"` // for an analyst's own: the forecasts that they stand beside
	TooFew         bool     `json:"too_few"`          // to judge by
}

// Beside is how forecasts did that an analyst's stand beside, on the same questions.
type Beside struct {
	N     int     `json:"n"`
	Brier float64 `json:"brier"`
	Own   float64 `json:"own"` // the analyst's on these
}

// Score returns how well each author did, in order of event, population and author.
func Score(all []Settled) []Standing {
	type key struct {
		by    string
		event Event
		kind  Kind
	}
	byID := make(map[string]*Settled, len(all))
	groups := make(map[key][]*Settled)
	for i := range all {
		f := &all[i]
		byID[f.ID] = f
		k := key{f.By.String(), f.Event, f.Population.Kind}
		groups[k] = append(groups[k], f)
	}
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.event, b.event), cmp.Compare(a.kind, b.kind), cmp.Compare(a.by, b.by))
	})
	standings := []Standing{}
	for _, k := range keys {
		s := standingOf(groups[k], byID)
		s.By, s.Event, s.Population = k.by, k.event, k.kind
		standings = append(standings, s)
	}
	return standings
}

// scored reports whether a forecast counts, and whether its event came.
func (f *Settled) scored() (came, ok bool) {
	if f.Resolution == nil || !f.Intact || !f.Sealed.Before(f.From) {
		return false, false
	}
	return f.Resolution.Outcome == Came, f.Resolution.Outcome == Came || f.Resolution.Outcome == DidNotCome
}

func standingOf(all []*Settled, byID map[string]*Settled) (s Standing) {
	var brier, reference, log float64
	var beside Beside
	for _, f := range all {
		s.count(f)
		came, ok := f.scored()
		if !ok {
			continue
		}
		own := brierOf(f.Probability, came)
		brier, reference, log = brier+own, reference+brierOf(f.Reference, came), log+logOf(f.Probability, came)
		if other := byID[f.Of]; other != nil {
			if came, ok := other.scored(); ok {
				beside.N++
				beside.Own, beside.Brier = beside.Own+own, beside.Brier+brierOf(other.Probability, came)
			}
		}
	}
	s.TooFew = s.N < fewest
	if s.N == 0 {
		return s
	}
	n, gain := float64(s.N), skill(brier, reference)
	brier, reference, log = brier/n, reference/n, log/n
	s.Brier, s.BrierReference, s.Skill, s.LogScore = &brier, &reference, &gain, &log
	if beside.N > 0 {
		n := float64(beside.N)
		s.Beside = &Beside{beside.N, beside.Brier / n, beside.Own / n}
	}
	return s
}

func (s *Standing) count(f *Settled) {
	switch came, ok := f.scored(); {
	case !f.Intact:
		s.Broken++
	case !f.Sealed.Before(f.From):
		s.Late++
	case f.Resolution == nil:
		s.Open++
	case !ok:
		s.Unresolvable++
	default:
		s.N++
		if came {
			s.Came++
		}
	}
}
