package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// keepNight puts into a state folder what a lookout leaves of a site that failed at eight in the evening, of a time before results are kept, and of
// a vantage that was blind. It returns when the failure was found.
func keepNight(t *testing.T, state string) time.Time {
	t.Helper()
	db, err := lookout.OpenStore(t.Context(), state, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now().UTC().Truncate(time.Second)
	long := now.AddDate(0, 0, -20).Truncate(store.Bucket)
	id, err := db.PutSite(t.Context(), store.Site{Name: "town", URL: "https://www.example.org/", Host: "www.example.org", Source: store.SourceCLI, Added: long})
	must(err)
	result := func(n int64, at time.Time, class probe.Class) probe.Result {
		r := probe.Result{URL: "https://www.example.org/", FinalURL: "https://www.example.org/", Class: class, Phase: probe.PhaseDone, At: at, Vantage: "cph-1"}
		r.Timings.TTFB, r.Evidence.Title, r.Evidence.Body = 40*time.Millisecond, "A page", []byte("<script>alert(1)</script>")
		r.Evidence.BodySHA256, r.Evidence.Bytes = strings.Repeat("ab", 32), 25
		if class != probe.OK {
			r.Evidence.Error = "status 502 Bad Gateway"
		}
		key := store.Key{Vantage: "cph-1", Run: "r", Sequence: n}
		_, err := db.Append(t.Context(), []store.Result{store.FromProbe(id, key, &r)})
		must(err)
		must(db.PutEvidence(t.Context(), store.EvidenceOf(id, key, &r)))
		return r
	}
	result(1, long, probe.OK)
	must(db.Roll(t.Context(), now.Add(-time.Hour)))
	_, err = db.Retain(t.Context(), store.Usual(now))
	must(err)
	failed := now.Add(-30 * time.Minute)
	result(2, failed, probe.HTTP502)
	change, err := json.Marshal(watch.Transition{
		Site: "www.example.org", From: watch.Suspect, To: watch.Disrupted,
		Because: []watch.Probe{{Vantage: "cph-1", Site: "www.example.org", Class: probe.HTTP502, At: failed}},
	})
	must(err)
	incident, err := json.Marshal(watch.Incident{
		ID: 1, Start: watch.Interval{Earliest: failed.Add(-time.Minute), Latest: failed}, Members: []watch.Member{{Site: "www.example.org"}},
		Words: watch.Words{EN: "unavailable at the moment", DA: "utilgængelig i øjeblikket"},
	})
	must(err)
	must(db.Apply(t.Context(), store.Step{
		Transitions: []store.Transition{{Site: id, At: failed, From: "suspect", To: "disrupted", Doc: change}},
		Incidents:   []store.Incident{{ID: "1", Opened: failed, Sites: []store.SiteID{id}, Doc: incident}},
		Health: []store.Health{
			{Vantage: "arh-1", At: failed.Add(-time.Hour), Health: "blind", Doc: []byte("{}")}, {Vantage: "arh-1", At: failed, Health: "healthy", Doc: []byte("{}")},
		},
	}))
	return failed
}

// TestPast holds what is shown of a night: what was found, what is left of older times, why the state changed, who could not see, and by what it can
// be checked.
func TestPast(t *testing.T) {
	state, out := t.TempDir(), t.TempDir()
	failed := keepNight(t, state)
	say := func(args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := execute(t.Context(), append(args, "--state", state), &stdout, &stderr); code != 0 {
			t.Fatalf("%q: exit %d\n%s", args, code, &stderr)
		}
		return stdout.String()
	}
	because := "suspect → disrupted, because cph-1 http_502 at " + failed.Format(time.TimeOnly)
	has := func(text string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%q is not in\n%s", w, text)
			}
		}
	}
	has(say("watch", "history", "town", "--last", "720h"),
		"5 min from 1 places: ok 1", "http_502             cph-1        40 ms", because, "arh-1 is blind until "+clock(failed))
	has(say("incident", "show", "1"), "incident 1: unavailable at the moment", "how it came about at www.example.org", because, `"A page" (status 502 Bad Gateway)`)
	if text := say("watch", "history", "town", "--since", failed.AddDate(0, 0, -30).Format(time.RFC3339), "--until", failed.AddDate(0, 0, -1).Format(time.RFC3339)); strings.Contains(text, "502") {
		t.Errorf("of another time:\n%s", text)
	}
	var kept []lookout.PastEvidence
	if err := json.Unmarshal([]byte(say("watch", "evidence", "town", "--json", "--out", out)), &kept); err != nil || len(kept) != 2 {
		t.Fatalf("%+v, %v", kept, err)
	}
	files, err := os.ReadDir(out)
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v", files, err)
	}
	body, err := os.ReadFile(filepath.Join(out, files[1].Name()))
	if err != nil || string(body) != "<script>alert(1)</script>" || !strings.HasSuffix(files[1].Name(), "-cph-1-http_502.txt") {
		t.Errorf("%s: %q, %v", files[1].Name(), body, err)
	}
	var story lookout.Story
	if err := json.Unmarshal([]byte(say("incident", "show", "1", "--json")), &story); err != nil || story.ID != "1" || len(story.Sites) != 1 ||
		len(story.Sites[0].Transitions) != 1 || len(story.Sites[0].Evidence) != 1 {
		t.Errorf("%+v, %v", story, err)
	}
}

// TestNobodyAsks: whoever asks about a site that nobody asks is told why, with a code.
func TestNobodyAsks(t *testing.T) {
	for why, code := range map[lookout.NotAsked]int{lookout.OptedOut: exitUnfit, lookout.Paused: exitShort, lookout.OthersTurns: exitOK, "": exitOK} {
		err := nobodyAsks("www.example.org", []lookout.Sighting{{Vantage: "office", NotAsked: why}})
		if got := exitCode(io.Discard, err); got != code {
			t.Errorf("%q: code %d, want %d (%v)", why, got, code, err)
		}
		if why != "" && notAsked[why] == "" {
			t.Errorf("%q is not said in words", why)
		}
	}
}
