package notify

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

func TestMetrics(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops(), board()}}, func(s *stage) {
		s.phones["board"].set(func(Notice) (bool, error) { return true, errBusy })
		s.post("a", Down)
		s.post("a", Down)
		s.sleep(31 * time.Second)
		pulse, err := NewPulse(HeartbeatOptions{Send: s.phones["ops"], Alive: func(time.Time) bool { return true }, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		pulse.beat(s.Context())
		reg := prometheus.NewPedanticRegistry()
		if err := reg.Register(&Metrics{Dispatcher: s.Dispatcher, Pulse: pulse}); err != nil {
			t.Fatal(err)
		}
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				name := f.GetName()
				for _, l := range m.GetLabel() {
					name += fmt.Sprintf(" %s=%s", l.GetName(), l.GetValue())
				}
				got[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
		want := map[string]float64{
			"seawall_notify_tries_total channel=phone outcome=delivered": 1,
			"seawall_notify_tries_total channel=phone outcome=retry":     1,
			"seawall_notify_untold_total reason=duplicate":               2,
			"seawall_notify_untold_total reason=silenced":                0,
			"seawall_notify_untold_total reason=withheld":                0,
			"seawall_notify_untold_total reason=overtaken":               0,
			"seawall_notify_untold_total reason=dropped":                 0,
			"seawall_notify_untold_total reason=unsaved":                 0,
			"seawall_notify_waiting":                                     1,
			"seawall_notify_waiting_limit":                               4096,
			"seawall_notify_without_head_total":                          0,
			"seawall_notify_failing":                                     1,
			"seawall_notify_heartbeats_total outcome=sent":               1,
			"seawall_notify_heartbeats_total outcome=failed":             0,
			"seawall_notify_heartbeats_total outcome=skipped":            0,
			"seawall_notify_heartbeat_seconds":                           float64(time.Now().Unix()),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
