package orders

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/store"
)

// hostile imports what is in a folder beside one good list, which has to be read whatever else is there, and returns why the rest was not.
func hostile(t *testing.T, write func(folder string)) Imported {
	t.Helper()
	folder := t.TempDir()
	write(folder)
	for _, name := range []string{"2025-01-01_08-00-00.json", "2025-12-31_08-00-00.json"} { // the second is in the future
		if err := os.WriteFile(filepath.Join(folder, name), []byte(listOf("good.example")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := newDesk(t)
	sum, err := d.importLists(t.Context(), Importing{Paths: []string{folder}})
	if err != nil {
		t.Fatal(err)
	}
	if sum.Hosts != 1 || sum.Listings != 1 || sum.Damaged["2025-12-31_08-00-00.json"] != errFuture.Error() {
		t.Errorf("the good list beside it: %+v", sum)
	}
	return sum
}

// TestHugeLists: a list of 2 GB, and one that unpacks to so much, are named and cost no more than the limit of a file.
func TestHugeLists(t *testing.T) {
	bomb, err := os.ReadFile("../../intel/pile/testdata/bomb.xz") // 4 MiB of zeros
	if err != nil {
		t.Fatal(err)
	}
	sum := hostile(t, func(folder string) {
		f, err := os.Create(filepath.Join(folder, "2025-02-01_08-00-00.json"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(`{"targets":[`); err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(2_100_000_000); err != nil { // a hole, where the file system knows such
			t.Fatal(err)
		}
		// Streams that stand one behind the other are one file (the .xz file format, section 2).
		if err := os.WriteFile(filepath.Join(folder, "2025-02-02_08-00-00.json.xz"), bytes.Repeat(bomb, 520), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	for _, name := range []string{"2025-02-01_08-00-00.json", "2025-02-02_08-00-00.json.xz"} {
		if !strings.Contains(sum.Damaged[name], "too large") {
			t.Errorf("%s: %q", name, sum.Damaged[name])
		}
		if !slices.ContainsFunc(sum.Refused, func(path string) bool { return filepath.Base(path) == name }) {
			t.Errorf("%s is not among the refused: %q", name, sum.Refused)
		}
	}
}

// TestLargeEvent: what is too large for its format is refused by its name, and what is damaged is not.
func TestLargeEvent(t *testing.T) {
	sum := hostile(t, func(folder string) {
		event := append([]byte(`{"Event":{"info":"`), bytes.Repeat([]byte("x"), 17<<20)...)
		if err := errors.Join(
			os.WriteFile(filepath.Join(folder, "event.json"), append(event, `"}}`...), 0o600),
			os.WriteFile(filepath.Join(folder, "2025-02-01_08-00-00.json"), []byte("<html>"), 0o600),
		); err != nil {
			t.Fatal(err)
		}
	})
	if len(sum.Damaged) != 3 || len(sum.Refused) != 1 || filepath.Base(sum.Refused[0]) != "event.json" {
		t.Errorf("damaged %v, refused %q", sum.Damaged, sum.Refused)
	}
}

// TestEndlessFeed: a feed that never ends its list is left at the limit, is told of, leaves no file, and goes on later.
func TestEndlessFeed(t *testing.T) {
	var sent atomic.Int64
	endless := atomic.Bool{}
	endless.Store(true)
	chunk := []byte(strings.Repeat(`{"host":"one.example","type":"http","path":"/"},`, 20_000))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !endless.Load() {
			_, _ = io.WriteString(w, listOf("one.example"))
			return
		}
		_, _ = io.WriteString(w, `{"targets":[`)
		for sent.Load() < 2_100_000_000 {
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	state, d := t.TempDir(), newDesk(t)
	f := &follower{
		feed: config.Feed{Name: "tracker", From: server.URL + "/last.json", Every: time.Minute}, desk: d,
		client: server.Client(), logger: slog.New(slog.DiscardHandler), state: state,
	}
	feed := func() store.Feed {
		all, err := d.Store.Feeds(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("feeds: %+v, %v", all, err)
		}
		return all[0]
	}
	if err := f.look(t.Context()); err == nil || !strings.Contains(feed().Error, "too large") {
		t.Errorf("look: %v, feed %+v", err, feed())
	}
	if left, _ := filepath.Glob(filepath.Join(state, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	endless.Store(false)
	if err := f.look(t.Context()); err != nil || feed().Error != "" {
		t.Errorf("look: %v, feed %+v", err, feed())
	}
	if n := sent.Load(); n > 2*maxFetched {
		t.Errorf("%d bytes were taken", n)
	}
}

// TestNestedLists: JSON that nests or repeats without end is named in every format, or is read within the limits of a list.
func TestNestedLists(t *testing.T) {
	deep := strings.Repeat("[", 2_000_000)
	objects := strings.Repeat(`{"a":`, 1_000_000)
	for name, text := range map[string]string{
		"targets":              `{"targets":` + deep,
		"a target":             `{"targets":[{"host":` + deep,
		"objects":              `{"targets":[` + objects,
		"a body":               `{"targets":[{"host":"bad.example","body":` + objects,
		"before the first key": objects + "1" + strings.Repeat("}", 1_000_000),
		"an event":             `{"Event":` + deep,
		"an attribute":         `{"Event":{"Attribute":[{"value":` + objects,
		"a bundle":             `{"type":"bundle","objects":` + deep,
		"a type":               `{"type":` + deep,
		"arrays":               deep,
	} {
		sum := hostile(t, func(folder string) {
			if err := os.WriteFile(filepath.Join(folder, "2025-02-01_08-00-00.json"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		})
		if sum.Damaged["2025-02-01_08-00-00.json"] == "" && len(sum.Skipped) == 0 {
			t.Errorf("%s: nothing is said of it: %+v", name, sum)
		}
	}
}

// TestWideLists: orders without number, and hosts without number in one list, are counted or named.
func TestWideLists(t *testing.T) {
	sum := hostile(t, func(folder string) {
		var many strings.Builder
		many.WriteString(`{"targets":[`)
		for i := range 30_000 {
			many.WriteString(`{"host":"h`)
			many.WriteString(strings.Repeat(string(rune('a'+i%26)), 1+i%40))
			many.WriteRune(rune('a' + i/26%26))
			many.WriteRune(rune('a' + i/676%26))
			many.WriteRune(rune('a' + i/17_576%26))
			many.WriteString(`.example","type":"tcp"},`)
		}
		for name, text := range map[string]string{
			"2025-02-01_08-00-00.json": strings.TrimSuffix(many.String(), ",") + "]}",
			"2025-02-02_08-00-00.json": `{"targets":[` + strings.Repeat("{},", 2_000_000) + "{}]}",
		} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	})
	if !strings.Contains(sum.Damaged["2025-02-01_08-00-00.json"], "too many hosts") {
		t.Errorf("30,000 hosts: %+v", sum.Damaged)
	}
	total := 0
	for _, n := range sum.Skipped {
		total += n
	}
	if sum.Damaged["2025-02-02_08-00-00.json"] == "" && total != 2_000_001 {
		t.Errorf("two million empty orders: %d are counted: %+v", total, sum)
	}
}
