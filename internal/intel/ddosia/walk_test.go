package ddosia

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/intel/pile"
	"github.com/seawall-project/seawall/internal/testkit/require"
)

func TestFetched(t *testing.T) {
	tests := []struct{ name, youngest, want string }{
		{"2025-01-02_03-04-05_DDoSia-target-list-full.json", "", "2025-01-02T02:04:05Z"},
		{"2025-07-02_03-04-05.json", "", "2025-07-02T01:04:05Z"},
		{"02-07-2023_03-04-05_DDoSia-target-list-full.json", "", "2023-07-02T01:04:05Z"},
		{"2024-10-27_02-30-00.json", "", "2024-10-27T00:30:00Z"}, // shown twice
		{"2024-10-27_02-30-00.json", "2024-10-27T01:10:00Z", "2024-10-27T01:30:00Z"},
		{"2025-03-30_02-30-00.json", "", "2025-03-30T01:30:00Z"}, // never shown
		{"2024-02-13_08-50-05.json", "2024-02-13T07:31:37Z", "2024-02-13T07:50:05Z"},
		{"2024-02-13_08-50-05.json", "2024-02-13T08:31:37Z", "2024-02-13T08:50:05Z"}, // named in UTC
		{"2024-02-13_08-50-05.json", "2031-01-01T00:00:00Z", "2024-02-13T07:50:05Z"}, // an order that lies
		{"2024-13-13_08-50-05.json", "", ""},
		{"last.json", "", ""},
	}
	for _, tt := range tests {
		var youngest time.Time
		if tt.youngest != "" {
			youngest, _ = time.Parse(time.RFC3339, tt.youngest)
		}
		got := ""
		if at := fetched(tt.name, youngest); !at.IsZero() {
			got = at.Format(time.RFC3339)
		}
		if got != tt.want {
			t.Errorf("%s with an order of %q: got %s, want %s", tt.name, tt.youngest, got, tt.want)
		}
	}
}

func TestMade(t *testing.T) {
	tests := map[string]string{
		"655d1f00a1b2c3d4e5f60719":   "2023-11-21T21:20:00Z",
		"000000000000000000000000":   "0001-01-01T00:00:00Z",
		"655d1f00":                   "0001-01-01T00:00:00Z",
		"zzzd1f00a1b2c3d4e5f60719":   "0001-01-01T00:00:00Z",
		"655d1f00a1b2c3d4e5f6071900": "0001-01-01T00:00:00Z",
	}
	for id, want := range tests {
		e := Entry{RequestID: id}
		if got := e.Made().Format(time.RFC3339); got != want {
			t.Errorf("%q: got %s, want %s", id, got, want)
		}
	}
}

func TestParseCSV(t *testing.T) {
	const in = "host,ip,type,method,port,use_ssl,path\n" +
		"www.example.org,192.0.2.10,http2,GET,443,True,\"/search?q=$_1,2\"\n" +
		"a.example.org/b.example.org,,tcp,syn,80,False,\n" +
		",192.0.2.10,tcp,syn,80,False,\n" +
		"no host,,tcp\n"
	for name, parse := range map[string]func() (*List, error){
		"csv":   func() (*List, error) { return ParseCSV(strings.NewReader(in), Limits{}) },
		"bytes": func() (*List, error) { return ParseBytes([]byte("\xef\xbb\xbf"+in), Limits{}) },
	} {
		got, err := parse()
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Entries) != 2 || got.Skipped[NoHost] != 1 || got.Skipped[BadHost] != 1 || len(got.BadHosts) != 2 {
			t.Fatalf("%s: got %+v", name, got)
		}
		e := got.Entries[0]
		if e.Port != 443 || !e.UseTLS || e.Type != HTTP2 || e.Path != "/search?q=$_1,2" || e.IP.String() != "192.0.2.10" {
			t.Errorf("%s: got %+v", name, e)
		}
	}
	if _, err := ParseCSV(strings.NewReader("name,url\na,b\n"), Limits{}); !errors.Is(err, ErrNotList) {
		t.Errorf("got error %v, want %v", err, ErrNotList)
	}
	if list, err := ParseCSV(strings.NewReader("host,ip\n"), Limits{}); err != nil || !list.Empty {
		t.Errorf("got %+v, error %v, want an empty list", list, err)
	}
}

// seen is what a walk told of one file.
type seen struct {
	Name  string
	At    string
	Rows  int
	Empty bool
	Err   error
}

func TestWalk(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("2025-01-04_00-00-00.json", sample(t))
	write("2025-01-05_00-00-00.csv", "host,type\nwww.example.org,http\n")
	write("2025-01-06_00-00-00.json", "<html>")
	write("README.md", "not looked at")
	var got []seen
	err := Walk(t.Context(), []string{dir, archive, large}, Limits{}, func(f File) error {
		s := seen{Name: f.Name(), At: f.At.Format(time.DateTime)}
		for _, known := range []error{ErrNotList, pile.ErrTooLarge, pile.ErrDamaged} {
			if errors.Is(f.Err, known) {
				s.Err = known
			}
		}
		if f.Err == nil {
			s.Rows, s.Empty = len(f.List.Entries), f.List.Empty
			if f.SHA256 == ([sha256.Size]byte{}) {
				t.Error("a list has no hash")
			}
		}
		got = append(got, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	const none = "0001-01-01 00:00:00"
	want := []seen{
		{Name: "2025-01-04_00-00-00.json", At: "2025-01-03 23:00:00", Rows: 4},
		{Name: "2025-01-05_00-00-00.csv", At: "2025-01-04 23:00:00", Rows: 1},
		{Name: "2025-01-06_00-00-00.json", At: none, Err: ErrNotList},
		{Name: "2025-01-02_03-04-05_DDoSia-target-list-full.json", At: "2025-01-02 02:04:05", Rows: 4},
		{Name: "2025-01-03_00-00-00.json", At: "2025-01-02 23:00:00", Empty: true},
		{Name: "2025-01-03_00-00-00.json", At: "2025-01-02 23:00:00", Rows: 1},
		{Name: "large.json", At: none, Err: pile.ErrTooLarge},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(errors.Is)); diff != "" {
		t.Errorf("walk (-want +got):\n%s", diff)
	}
}

func TestWalkEnds(t *testing.T) {
	enough := errors.New("enough")
	if err := Walk(t.Context(), []string{archive}, Limits{}, func(File) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("got error %v, want %v", err, enough)
	}
	if err := Walk(t.Context(), []string{"testdata/none"}, Limits{}, func(File) error { return nil }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got error %v, want %v", err, os.ErrNotExist)
	}
	ctx, cancel := context.WithCancel(t.Context())
	files := 0
	err := Walk(ctx, []string{archive}, Limits{}, func(File) error { files++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || files != 1 {
		t.Errorf("got error %v after %d files, want %v after one", err, files, context.Canceled)
	}
}

// Five lists of one day are named in UTC, which their orders show; no other is.
func TestWalkArchive(t *testing.T) {
	if partly {
		t.Skip("the whole archive is read without the race detector")
	}
	path := filepath.Join(require.Data(t), "ddosia", "lists-2023-06--2025-05.tar.xz")
	files, utc := 0, []string{}
	err := Walk(t.Context(), []string{path}, Limits{}, func(f File) error {
		if f.Err != nil {
			t.Errorf("%s: %v", f.Place, f.Err)
		}
		files++
		if first, ok := Fetched(f.Name()); !ok || !first.Equal(f.At) {
			utc = append(utc, f.At.Format("2006-01-02"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files != 2721 {
		t.Errorf("got %d files, want 2721", files)
	}
	day := "2024-02-13"
	if diff := cmp.Diff([]string{day, day, day, day, day}, utc); diff != "" {
		t.Errorf("lists named in UTC (-want +got):\n%s", diff)
	}
}

func FuzzParseCSV(f *testing.F) {
	f.Add([]byte("host,ip,type,method,port,use_ssl,path\nwww.example.org,192.0.2.10,http2,GET,443,True,/x\n"))
	f.Add([]byte("host\n\"a\"b\nexample.org\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ParseBytes(data, Limits{Bytes: 1 << 20, RowBytes: 1 << 12, Rows: 100})
		if err != nil {
			return
		}
		for _, e := range list.Entries {
			checkEntry(t, e)
		}
	})
}

func FuzzFetched(f *testing.F) {
	f.Add("2025-01-02_03-04-05_DDoSia-target-list-full.json")
	f.Add("29-02-2023_25-00-00")
	f.Fuzz(func(t *testing.T, name string) {
		if at, ok := Fetched(name); ok && (at.Location() != time.UTC || at.Year() < -1 || at.Year() > 10000) {
			t.Errorf("got %v", at)
		}
	})
}
