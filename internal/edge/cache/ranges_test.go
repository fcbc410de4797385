package cache

import (
	"testing"
	"time"
)

func TestRange(t *testing.T) {
	old := formatDate(noon.Add(-time.Hour))
	c := newCache(t, Options{})
	e := store(t, c, noon, request("/a"), "0123456789", "Cache-Control: max-age=60", `ETag: "1"`, "Last-Modified: "+old)
	weak := store(t, c, noon, request("/b"), "0123456789", "Cache-Control: max-age=60", `ETag: W/"1"`, "Last-Modified: "+formatDate(noon))
	for _, tt := range []struct {
		entry      *Entry
		lines      []string
		part       Part
		first, end int64
	}{
		{e, nil, Whole, 0, 0},
		{e, []string{"Range: bytes=0-1"}, Some, 0, 2},
		{e, []string{"Range: BYTES=0-0"}, Some, 0, 1},
		{e, []string{"Range: bytes=9-"}, Some, 9, 10},
		{e, []string{"Range: bytes=5-99999"}, Some, 5, 10},
		{e, []string{"Range: bytes=-1"}, Some, 9, 10},
		{e, []string{"Range: bytes=-99"}, Some, 0, 10},
		{e, []string{"Range: bytes=-0"}, NothingOfIt, 0, 0},
		{e, []string{"Range: bytes=10-"}, NothingOfIt, 0, 0},
		{e, []string{"Range: bytes=10-12"}, NothingOfIt, 0, 0},
		{e, []string{"Range: bytes=2-1"}, Whole, 0, 0},
		{e, []string{"Range: bytes=0-1,3-4"}, Whole, 0, 0},
		{e, []string{"Range: bytes=0-1", "Range: bytes=3-4"}, Whole, 0, 0},
		{e, []string{"Range: lines=0-1"}, Whole, 0, 0},
		{e, []string{"Range: bytes=a-b"}, Whole, 0, 0},
		{e, []string{"Range: bytes=+1-2"}, Whole, 0, 0},
		{e, []string{"Range: bytes="}, Whole, 0, 0},
		{e, []string{"Range: bytes=-"}, Whole, 0, 0},
		{e, []string{"Range: bytes=99999999999999999999999-"}, Whole, 0, 0},
		{e, []string{"Range: bytes=0-1", `If-Range: "1"`}, Some, 0, 2},
		{e, []string{"Range: bytes=0-1", `If-Range: "2"`}, Whole, 0, 0},
		{e, []string{"Range: bytes=0-1", `If-Range: W/"1"`}, Whole, 0, 0},
		{e, []string{"Range: bytes=0-1", `If-Range: "1", "2"`}, Whole, 0, 0},
		{e, []string{"Range: bytes=0-1", "If-Range: " + old}, Some, 0, 2},
		{e, []string{"Range: bytes=0-1", "If-Range: " + formatDate(noon)}, Whole, 0, 0},
		{e, []string{"Range: bytes=0-1", "If-Range:"}, Whole, 0, 0},
		{weak, []string{"Range: bytes=0-1", `If-Range: W/"1"`}, Whole, 0, 0},
		{weak, []string{"Range: bytes=0-1", "If-Range: " + formatDate(noon)}, Whole, 0, 0}, // changed within the minute
	} {
		part, first, end := tt.entry.Range(request("/a", tt.lines...))
		if part != tt.part || first != tt.first || end != tt.end {
			t.Errorf("%v: got %v %d %d, want %v %d %d", tt.lines, part, first, end, tt.part, tt.first, tt.end)
		}
	}
	if part, _, _ := e.Range(withMethod("HEAD", request("/a", "Range: bytes=0-1"))); part != Whole {
		t.Error("a Range counts for HEAD")
	}
}

func FuzzRange(f *testing.F) {
	for _, seed := range []string{"0-1", "-1", "5-", "9-99", "-", "1-0", "0-1,2-3", "99999999999999999999-"} {
		f.Add(seed, int64(10))
	}
	f.Fuzz(func(t *testing.T, spec string, size int64) {
		size = max(size, 0)
		part, first, end := cutRange(spec, size)
		if part == Some && (first < 0 || first >= end || end > size) || part != Some && (first != 0 || end != 0) {
			t.Errorf("%q of %d: got %v %d %d", spec, size, part, first, end)
		}
	})
}
