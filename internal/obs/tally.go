package obs

import (
	"sync"

	"github.com/seawall-project/seawall"
)

// Tally counts outcomes by action and answer, for the panel and the end of a rehearsal. It is safe for concurrent use.
type Tally struct {
	mu     sync.Mutex // guards counts
	counts Counts
}

// Counts are how many outcomes ended in each action.
type Counts struct {
	Drop       int64 `json:"drop"`
	Refuse     int64 `json:"refuse"`
	ServeFresh int64 `json:"serve_fresh"`
	ServeStale int64 `json:"serve_stale"`
	ServeNote  int64 `json:"serve_note"`
	ServeOther int64 `json:"serve_other"`
	Challenge  int64 `json:"challenge"`
	Wait       int64 `json:"wait"`
	Forward    int64 `json:"forward"`
}

// Observe counts one outcome.
func (t *Tally) Observe(o *seawall.Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*t.counts.of(o.Action, o.Answer)++
}

// Counts returns the counts so far.
func (t *Tally) Counts() Counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts
}

func (c *Counts) of(action seawall.ActionKind, answer seawall.Answer) *int64 {
	switch action {
	case seawall.ActionDrop:
		return &c.Drop
	case seawall.ActionRefuse:
		return &c.Refuse
	case seawall.ActionChallenge:
		return &c.Challenge
	case seawall.ActionWait:
		return &c.Wait
	case seawall.ActionForward:
		return &c.Forward
	}
	switch answer {
	case seawall.AnswerFresh:
		return &c.ServeFresh
	case seawall.AnswerStale:
		return &c.ServeStale
	case seawall.AnswerNote:
		return &c.ServeNote
	default:
		return &c.ServeOther
	}
}
