package membus_test

import (
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/bustest"
	"github.com/seawall-project/seawall/internal/bus/membus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type place struct{ *membus.Hub }

func (p place) Lookout(*testing.T) bus.Bus                 { return p.Hub.Lookout() }
func (p place) Agent(_ *testing.T, vantage string) bus.Bus { return p.Hub.Agent(vantage) }

func TestBus(t *testing.T) {
	bustest.Run(t, func(t *testing.T, l bus.Limits) bustest.Place {
		h, err := membus.New(l)
		if err != nil {
			t.Fatal(err)
		}
		return place{h}
	})
}

func TestCut(t *testing.T) {
	h, err := membus.New(bus.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	b := h.Agent("cph-1")
	m := bus.Message{Subject: bus.Subject{Kind: bus.Result, Vantage: "cph-1"}, Data: []byte("{}")}
	b.Cut(true)
	if err := b.Publish(t.Context(), m); !errors.Is(err, bus.ErrLost) {
		t.Errorf("over a line that is cut: %v", err)
	}
	b.Cut(false)
	if err := b.Publish(t.Context(), m); err != nil || h.Kept() != 1 {
		t.Errorf("mended: %v, %d kept", err, h.Kept())
	}
}

func TestLimitsBelowZero(t *testing.T) {
	for _, l := range []bus.Limits{{Bytes: -1}, {PerVantage: -1}, {InHand: -1}} {
		if _, err := membus.New(l); err == nil {
			t.Errorf("%+v: no error", l)
		}
	}
}
