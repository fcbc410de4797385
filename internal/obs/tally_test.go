package obs

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

func TestTally(t *testing.T) {
	serve := func(a seawall.Answer) seawall.Outcome { return seawall.Outcome{Action: seawall.ActionServe, Answer: a} }
	for _, tt := range []struct {
		outcome seawall.Outcome
		want    string
	}{
		{seawall.Outcome{Action: seawall.ActionDrop}, "drop"},
		{seawall.Outcome{Action: seawall.ActionRefuse}, "refuse"},
		{serve(seawall.AnswerFresh), "serve_fresh"},
		{serve(seawall.AnswerStale), "serve_stale"},
		{serve(seawall.AnswerNote), "serve_note"},
		{serve(seawall.AnswerSnapshot), "serve_other"},
		{serve(seawall.AnswerRedirect), "serve_other"},
		{seawall.Outcome{Action: seawall.ActionChallenge}, "challenge"},
		{seawall.Outcome{Action: seawall.ActionWait}, "wait"},
		{seawall.Outcome{Action: seawall.ActionForward}, "forward"},
		{seawall.Outcome{}, "serve_other"}, // never made, and then not lost
	} {
		var tally Tally
		tally.Observe(&tt.outcome)
		text, err := json.Marshal(tally.Counts())
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[string]int)
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{
			"drop": 0, "refuse": 0, "serve_fresh": 0, "serve_stale": 0, "serve_note": 0, "serve_other": 0,
			"challenge": 0, "wait": 0, "forward": 0,
		}
		want[tt.want]++
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v %v (-want +got):\n%s", tt.outcome.Action, tt.outcome.Answer, diff)
		}
	}
}

func TestTallyTogether(t *testing.T) {
	var tally Tally
	var all sync.WaitGroup
	for _, kind := range seawall.ActionKinds() {
		all.Go(func() {
			for range 100 {
				tally.Observe(&seawall.Outcome{Action: kind, Answer: seawall.AnswerFresh})
				_ = tally.Counts()
			}
		})
	}
	all.Wait()
	want := Counts{Drop: 100, Refuse: 100, ServeFresh: 100, Challenge: 100, Wait: 100, Forward: 100}
	if diff := cmp.Diff(want, tally.Counts()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
