package cache

import "testing"

func watch(m *Member) FlightState {
	s, _ := m.Watch()
	return s
}

func TestFlightStored(t *testing.T) {
	a := NewFlights(2, 4, 2)
	key := Key{lo: 1}
	lead, follow, watcher := a.Join(key), a.Join(key), a.Join(key)
	if !lead.Contends() || !follow.Contends() || watcher.Contends() {
		t.Error("of three members, the first two contend")
	}
	_, changed := follow.Watch()
	if !lead.Lead() || follow.Lead() {
		t.Fatal("a flight has one leader")
	}
	<-changed
	e := &Entry{}
	follow.Share(&Entry{}) // not the leader: nothing happens
	if watch(watcher) != FlightLed {
		t.Error("who does not lead cannot land")
	}
	lead.Share(e)
	if watch(watcher) != FlightStored || watcher.Entry() != e {
		t.Error("the answer did not reach those who wait")
	}
	if late := a.Join(key); watch(late) != FlightOpen {
		t.Error("a flight that is over took a member")
	}
}

func TestFlightLimits(t *testing.T) {
	a := NewFlights(1, 3, 2)
	first := a.Join(Key{lo: 1})
	a.Join(Key{lo: 1})
	a.Join(Key{lo: 2})
	if a.Join(Key{lo: 3}) != nil || a.Join(Key{lo: 1}) != nil {
		t.Error("more members than allowed")
	}
	first.Leave()
	first.Leave() // twice does nothing
	if n, limit := a.Waiting(); n != 2 || limit != 3 {
		t.Errorf("%d waiting of %d", n, limit)
	}
	if m := a.Join(Key{lo: 1}); m == nil || !m.Contends() {
		t.Error("the place that was left is not given again")
	}
}

func TestFlightFails(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*Member)
		then FlightState
		last FlightState
	}{
		{"fail", (*Member).Fail, FlightOpen, FlightFailed},
		{"leave", (*Member).Leave, FlightOpen, FlightFailed},
		{"doubtful", func(m *Member) { m.Keep(Doubtful) }, FlightOpen, FlightPrivate},
		{"certain", func(m *Member) { m.Keep(Certain) }, FlightPrivate, FlightPrivate},
	} {
		a := NewFlights(8, 8, 2)
		one, two, three := a.Join(Key{lo: 1}), a.Join(Key{lo: 1}), a.Join(Key{lo: 1})
		one.Lead()
		tt.end(one)
		if got := watch(three); got != tt.then {
			t.Errorf("%s: after one leader %d, want %d", tt.name, got, tt.then)
		}
		if two.Lead() {
			tt.end(two)
		}
		if got := watch(three); got != tt.last {
			t.Errorf("%s: after two leaders %d, want %d", tt.name, got, tt.last)
		}
	}
}

func TestFlightDeserted(t *testing.T) {
	a := NewFlights(8, 8, 2)
	lead, weary, patient := a.Join(Key{lo: 1}), a.Join(Key{lo: 1}), a.Join(Key{lo: 1})
	lead.Lead()
	weary.Desert()
	next := a.Join(Key{lo: 1})
	if watch(next) != FlightOpen || watch(patient) != FlightLed {
		t.Error("who deserts starts anew, who stays goes on waiting")
	}
	lead.Share(&Entry{})
	if watch(patient) != FlightStored || watch(next) != FlightOpen {
		t.Error("the old flight landed in the new one")
	}
}
