package drill

import (
	"math"
	"time"

	"github.com/seawall-project/seawall/internal/drill/flood"
	"github.com/seawall-project/seawall/internal/drill/origin"
	"github.com/seawall-project/seawall/internal/drill/readers"
	"github.com/seawall-project/seawall/internal/drill/work"
	"github.com/seawall-project/seawall/internal/obs"
)

// Report is what a rehearsal found.
type Report struct {
	Acts      []Act     `json:"acts"`
	Seed      uint64    `json:"seed"`
	Generator Generator `json:"generator"`
}

// Generator is how well the rehearsal itself kept up.
type Generator struct {
	LateP99Ms int `json:"late_p99_ms"` // how far behind its schedule what was sent was, at p99
}

// Act is what came of one act.
type Act struct {
	Name    string     `json:"name"`
	Readers Readers    `json:"readers"`
	Origin  Origin     `json:"origin"`
	Actions obs.Counts `json:"actions"` // what Seawall did; all zero where there was none
	Flood   Flood      `json:"flood"`
	Lookout Lookout    `json:"lookout"` // what was seen from outside

	Prepared *Prepared `json:"prepared,omitempty"` // because the orders had arrived as a listing; nil where they had not
}

// Readers is what readers got. A page view counts as served when it came whole, with the assets that the reader fetches with it, right
// and within two seconds of the click. Searches and forms count as served when the page itself did: their assets are not fetched.
type Readers struct {
	Asked  int             `json:"asked"`
	Served int             `json:"served"`
	Share  float64         `json:"share"` // Served of Asked, not rounded: a mark is met or missed; 0 when Asked is
	P50Ms  int             `json:"p50_ms"`
	P99Ms  int             `json:"p99_ms"` // of what was served
	ByKind map[string]Kind `json:"by_kind"`
}

// Kind is what readers got of one kind of page view.
type Kind struct {
	Asked  int `json:"asked"`
	Served int `json:"served"`
}

// Origin is how the origin fared.
type Origin struct {
	Busy     float64 `json:"busy"`     // share of its workers' time spent at work
	Requests int64   `json:"requests"` // that needed a worker
}

// Flood is what the bots did.
type Flood struct {
	Sent int64 `json:"sent"`
	Bots int   `json:"bots"`
}

func actOf(a actPlan, read readers.Report, flooded flood.Report, stats origin.Stats, took time.Duration, actions obs.Counts) Act {
	total := read.Total()
	act := Act{
		Name: a.name,
		Readers: Readers{
			Asked: total.Asked, Served: total.Served, P50Ms: percentile(total.Times, 0.50),
			P99Ms: percentile(total.Times, 0.99), ByKind: make(map[string]Kind),
		},
		Origin:  Origin{Busy: round(busy(stats, took)), Requests: stats.Requests},
		Actions: actions,
		Flood:   Flood{Sent: flooded.Sent, Bots: flooded.Bots},
	}
	if total.Asked > 0 {
		act.Readers.Share = float64(total.Served) / float64(total.Asked)
	}
	for _, k := range work.Kinds() {
		act.Readers.ByKind[k.String()] = Kind{Asked: read[k].Asked, Served: read[k].Served}
	}
	return act
}

func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// percentile returns the q-quantile of ascending times in milliseconds, by the nearest-rank method.
func percentile(times []time.Duration, q float64) int {
	if len(times) == 0 {
		return 0
	}
	i := max(0, int(math.Ceil(q*float64(len(times))))-1)
	return int(times[i].Milliseconds())
}
