package lookout

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/coordinator"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestLateIsHistory: what was found while the lookout was down is in the history, with its times, and changes no state; the same in time would. Given
// twice, as a bus may, it is there once.
func TestLateIsHistory(t *testing.T) {
	for _, late := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			s.add(Spec{URL: home})
			time.Sleep(10 * time.Minute)
			s.end()
			time.Sleep(50 * time.Second)
			s.begin(nil)
			begun := time.Now().UTC()
			var reports []coordinator.Report
			for i := range 10 {
				at := begun.Add(time.Duration(i-10) * 5 * time.Second)
				reports = append(reports, coordinator.Report{
					Vantage: "office", Run: "elsewhere", Sequence: int64(i + 1), At: at, Received: begun, Late: late,
					Result: &message.Result{Site: "www.example.org", Probe: probe.Result{
						URL: home, FinalURL: home, Class: probe.HTTP503, Phase: probe.PhaseDone, Status: 503, At: at, Vantage: "office",
					}},
				})
			}
			for range 2 {
				if err := s.l.Take(t.Context(), reports); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Second)
			}
			if got := s.site("www.example.org").State; (got == watch.Up) != late {
				t.Errorf("late %v: the site is %v", late, got)
			}
			past, err := History.Ask(t.Context(), Here(s.desk), Span{Site: "www.example.org", From: begun.Add(-51 * time.Second), To: begun})
			if err != nil || len(past.Results) != len(reports) {
				t.Fatalf("late %v: the history of the time has %d results, want %d: %v", late, len(past.Results), len(reports), err)
			}
			for i, r := range past.Results {
				if !r.At.Equal(reports[i].At) || r.Class != probe.HTTP503 {
					t.Errorf("late %v: %+v, want one of %v", late, r, reports[i].At)
				}
			}
		})
	}
}
