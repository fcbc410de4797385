package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/store"
)

// envVictim makes of the test a process that writes to the store at that path until it is killed.
const envVictim = "SEAWALL_TEST_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(envVictim); path != "" {
		if err := victim(context.Background(), path, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// batch is how many results a victim writes at once.
const batch = 40

// victim goes on where the store is, and writes the number of each round that was acknowledged. A round is a call of Append, a step of the
// state machine, and some summing up and forgetting.
func victim(ctx context.Context, path string, out io.Writer) error {
	s, err := Open(ctx, Options{Path: path, Now: func() time.Time { return noon }})
	if err != nil {
		return err
	}
	sites, err := s.Sites(ctx)
	if err != nil {
		return err
	}
	last, err := s.Snapshots(ctx)
	if err != nil {
		return err
	}
	first := 0
	if len(last) > 0 {
		first = last[0].Version
	}
	for n := first + 1; ; n++ {
		if err := round(ctx, s, sites, n); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, n); err != nil {
			return err
		}
	}
}

func round(ctx context.Context, s *Store, sites []store.Site, n int) error {
	rs := make([]store.Result, batch)
	for i := range rs {
		rs[i] = store.Result{
			Key:  store.Key{Vantage: "cph", Run: "r", Sequence: int64((n-1)*batch + i + 1)},
			Site: sites[i%len(sites)].ID, At: noon.Add(-time.Hour + time.Duration(n)*time.Second),
		}
	}
	if _, err := s.Append(ctx, rs); err != nil {
		return err
	}
	id := strconv.Itoa(n)
	step := store.Step{
		Snapshots:   []store.Snapshot{{Version: n, Doc: []byte(id)}},
		Transitions: []store.Transition{{Site: sites[0].ID, At: noon.Add(time.Duration(n) * time.Second), From: "up", To: "down", Doc: []byte(id)}},
		Incidents:   []store.Incident{{ID: id, Opened: noon, Sites: []store.SiteID{sites[0].ID}}},
	}
	if err := s.Apply(ctx, step); err != nil {
		return err
	}
	return s.Roll(ctx, noon.Add(-time.Hour+time.Duration(n)*time.Second))
}

// TestKilledInMidWrite kills a writing process, again and again on one file, and holds each time that the file is sound, that what was
// acknowledged is there, and that what was not is there as a whole or not at all.
func TestKilledInMidWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s := mustOpen(t, path)
	for _, name := range []string{"a", "b", "c"} {
		if _, err := s.PutSite(t.Context(), store.Site{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for kill := range 6 {
		acknowledged := killAfter(t, path, 3+7*kill)
		holdWhole(t, path, acknowledged)
	}
}

// killAfter lets a process write until it has had so many rounds acknowledged, kills it without a word while it goes on, and returns the last
// round that it told of.
func killAfter(t *testing.T, path string, rounds int) (last int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // G204: this test itself
	cmd.Env = append(os.Environ(), envVictim+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for told := 1; lines.Scan(); told++ {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatalf("got %q", lines.Text())
		}
		if told == rounds {
			_ = cmd.Process.Kill() // SIGKILL; what it has told until it is dead is still read
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Fatalf("it was to be killed, and ended with %v", err)
	}
	return last
}

// holdWhole holds that the first rounds are there, and of one more all or nothing of each of its writes.
func holdWhole(t *testing.T, path string, rounds int) {
	t.Helper()
	s := mustOpen(t, path)
	defer s.Close()
	if unread := s.Checked().Unread; len(unread) > 0 {
		t.Errorf("not looked through: %v", unread)
	}
	sites, err := s.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	results := 0
	for _, site := range sites {
		rs, err := s.Results(t.Context(), store.Range{Site: site.ID})
		if err != nil {
			t.Fatal(err)
		}
		results += len(rs)
	}
	if results%batch != 0 || results < rounds*batch || results > (rounds+1)*batch {
		t.Errorf("after %d rounds there are %d results", rounds, results)
	}
	snapshots, err := s.Snapshots(t.Context())
	if err != nil || len(snapshots) != 1 {
		t.Fatalf("got snapshots %v, %v", snapshots, err)
	}
	steps := snapshots[0].Version
	transitions, err1 := s.Transitions(t.Context(), store.Range{})
	incidents, err2 := s.Incidents(t.Context(), store.IncidentFilter{})
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if steps < rounds || steps > rounds+1 || len(transitions) != steps || len(incidents) != steps {
		t.Errorf("after %d rounds: memory of %d steps, %d transitions, %d incidents", rounds, steps, len(transitions), len(incidents))
	}
	// What is delivered again is known.
	rs := make([]store.Result, 0, results)
	for n := range results {
		rs = append(rs, store.Result{Key: store.Key{Vantage: "cph", Run: "r", Sequence: int64(n + 1)}, Site: sites[0].ID, At: noon})
	}
	fates, err := s.Append(t.Context(), rs)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range fates {
		if f != store.Duplicate {
			t.Fatalf("result %d of %d, delivered again: fate %d", i+1, results, f)
		}
	}
}
