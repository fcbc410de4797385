package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seawall-project/seawall/internal/claim/ledger"
)

var update = flag.Bool("update", false, "rewrite the golden bundle")

var noon = time.Date(2025, time.November, 17, 12, 0, 0, 0, time.UTC)

// keyOf returns one of a few keys.
func keyOf(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

// chain is a ledger as a store keeps it.
type chain struct {
	key     ed25519.PrivateKey
	entries []ledger.Entry
	content []ledger.Content
}

func (c *chain) last() *ledger.Entry {
	if len(c.entries) == 0 {
		return new(ledger.Entry)
	}
	return &c.entries[len(c.entries)-1]
}

func (c *chain) add(kind ledger.Kind, content string) {
	n := len(c.entries)
	e, held, err := ledger.Next(c.key, c.last(), noon.Add(time.Duration(n)*time.Minute), kind, [32]byte{byte(n), 7}, []byte(content))
	if err != nil {
		panic(err)
	}
	c.entries, c.content = append(c.entries, e), append(c.content, held)
}

func (c *chain) erase(n uint64) {
	c.add(ledger.KindTombstone, fmt.Sprintf(`{"number":%d,"reason":"asked for"}`, n))
	c.content = slices.DeleteFunc(c.content, func(held ledger.Content) bool { return held.Number == n })
}

func (c *chain) rotate(t testing.TB, next ed25519.PrivateKey) {
	content, err := ledger.Rotate(c.key, next)
	if err != nil {
		t.Fatal(err)
	}
	c.add(ledger.KindKey, string(content))
	c.key = next
}

func (c *chain) head() ledger.Head { return ledger.HeadOf(c.key, c.last(), noon.Add(24*time.Hour)) }

// bundle is of what entries 2 and 3 say, and of what every reader has to have.
func (c *chain) bundle(heads ...ledger.Head) *ledger.Bundle {
	b := &ledger.Bundle{
		Made: noon.Add(24 * time.Hour), Subject: "verdict of www.example.org", RestsOn: []uint64{2, 3}, Entries: slices.Clone(c.entries),
		Heads: heads, Head: c.head(),
	}
	for _, held := range c.content {
		kind := c.entries[held.Number-1].Kind
		if slices.Contains(b.RestsOn, held.Number) || kind == ledger.KindTombstone || kind == ledger.KindKey {
			b.Content = append(b.Content, held)
		}
	}
	return b
}

// five is a chain of five entries.
func five() *chain {
	c := &chain{key: keyOf(1)}
	for i, kind := range []ledger.Kind{"claim", "evidence", "verdict", "claim", "verdict"} {
		c.add(kind, fmt.Sprintf("content %d", i+1))
	}
	return c
}

// verify writes a bundle, reads it again and checks it against key 1 and a head.
func verify(t testing.TB, b *ledger.Bundle, given ledger.Given) ledger.Report {
	t.Helper()
	raw, err := b.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ledger.ParseBundle(raw)
	if err != nil {
		t.Fatal(err)
	}
	if given.Key == (ledger.PublicKey{}) {
		given.Key = ledger.PublicOf(keyOf(1))
	}
	return ledger.Verify(again, given)
}

func TestHolds(t *testing.T) {
	c := five()
	early := c.head()
	c.add("claim", "content 6")
	r := verify(t, c.bundle(early), ledger.Given{Hash: early.Hash, Number: early.Number})
	if r.Bad != nil {
		t.Fatal(r.Bad)
	}
	if diff := cmp.Diff([]uint64{2, 3}, r.InFull); diff != "" || r.Entries != 6 || r.Erased != nil {
		t.Errorf("got %+v (-want +got): %s", r, diff)
	}
}

// Everything that can be done to a chain by somebody without the key, and what the holder of the key can do, is found, and the first entry that
// does not hold is named.
func TestFirstBadEntry(t *testing.T) {
	swap := func(b *ledger.Bundle) { b.Entries[1], b.Entries[2] = b.Entries[2], b.Entries[1] }
	for name, tt := range map[string]struct {
		harm func(b *ledger.Bundle)
		bad  uint64
		why  string
	}{
		"signature changed":          {func(b *ledger.Bundle) { b.Entries[2].Signature[5] ^= 1 }, 3, "signature"},
		"time changed":               {func(b *ledger.Bundle) { b.Entries[2].At = b.Entries[2].At.Add(time.Millisecond) }, 3, "signature"},
		"kind changed":               {func(b *ledger.Bundle) { b.Entries[2].Kind = "claim" }, 3, "signature"},
		"content's hash changed":     {func(b *ledger.Bundle) { b.Entries[3].Content[0] ^= 1 }, 4, "signature"},
		"content changed":            {func(b *ledger.Bundle) { b.Content[1].Bytes[0] ^= 1 }, 3, "content"},
		"salt changed":               {func(b *ledger.Bundle) { b.Content[0].Salt[0] ^= 1 }, 2, "content"},
		"entry dropped":              {func(b *ledger.Bundle) { b.Entries = slices.Delete(b.Entries, 2, 3) }, 3, "entry 4 stands in its place"},
		"first entry dropped":        {func(b *ledger.Bundle) { b.Entries = b.Entries[1:] }, 1, "entry 2 stands in its place"},
		"last entry dropped":         {func(b *ledger.Bundle) { b.Entries = b.Entries[:4] }, 5, "its head says 5"},
		"all dropped":                {func(b *ledger.Bundle) { b.Entries = nil }, 0, "no entry"},
		"two swapped":                {swap, 2, "entry 3 stands in its place"},
		"two swapped and renumbered": {func(b *ledger.Bundle) { swap(b); b.Entries[1].Number, b.Entries[2].Number = 2, 3 }, 2, "does not follow"},
		"entry twice":                {func(b *ledger.Bundle) { b.Entries = slices.Insert(b.Entries, 2, b.Entries[1]) }, 3, "entry 2 stands"},
		"content missing":            {func(b *ledger.Bundle) { b.Content = b.Content[1:] }, 2, "no tombstone"},
		"content twice":              {func(b *ledger.Bundle) { b.Content = append(b.Content, b.Content[0]) }, 2, "two contents"},
		"content of nothing":         {func(b *ledger.Bundle) { b.Content = append(b.Content, ledger.Content{Number: 9}) }, 6, "a content is of entry 9"},
		"rests on nothing":           {func(b *ledger.Bundle) { b.RestsOn = append(b.RestsOn, 9) }, 6, "rests on entry 9"},
		"head changed":               {func(b *ledger.Bundle) { b.Head.Hash[0] ^= 1 }, 5, "head"},
		"head of before":             {func(b *ledger.Bundle) { b.Head = ledger.HeadOf(keyOf(1), &b.Entries[3], noon) }, 5, "its head says 4"},
		"head of later":              {func(b *ledger.Bundle) { b.Heads = append(b.Heads, ledger.Head{Number: 8}) }, 6, "a head names entry 8"},
		"head of somebody else":      {func(b *ledger.Bundle) { b.Heads = append(b.Heads, ledger.HeadOf(keyOf(2), &b.Entries[1], noon)) }, 2, "another key"},
	} {
		t.Run(name, func(t *testing.T) {
			b := five().bundle()
			b.Content = slices.Clone(b.Content)
			tt.harm(b)
			r := verify(t, b, ledger.Given{})
			if r.Bad == nil || r.Bad.Number != tt.bad || !strings.Contains(r.Bad.Error(), tt.why) {
				t.Errorf("got %v, want entry %d: … %s …", r.Bad, tt.bad, tt.why)
			}
		})
	}
}

// Who holds the key can write the chain anew, and every signature holds. A head that somebody kept tells, and so does an older head in the bundle.
func TestRewritten(t *testing.T) {
	before := five().head()
	other := &chain{key: keyOf(1)}
	for i, kind := range []ledger.Kind{"claim", "evidence", "verdict", "claim", "verdict", "claim"} {
		other.add(kind, fmt.Sprintf("other content %d", i+1))
	}
	if r := verify(t, other.bundle(), ledger.Given{}); r.Bad != nil {
		t.Fatalf("got %v; without a head nobody can tell", r.Bad)
	}
	for name, tt := range map[string]struct {
		b     *ledger.Bundle
		given ledger.Given
		bad   uint64
	}{
		"head kept":         {other.bundle(), ledger.Given{Hash: before.Hash, Number: before.Number}, 5},
		"hash kept":         {other.bundle(), ledger.Given{Hash: before.Hash}, 0},
		"head in bundle":    {other.bundle(before), ledger.Given{}, 5},
		"head kept, longer": {other.bundle(), ledger.Given{Hash: before.Hash, Number: 40}, 7},
	} {
		r := verify(t, tt.b, tt.given)
		if r.Bad == nil || r.Bad.Number != tt.bad {
			t.Errorf("%s: got %v, want entry %d", name, r.Bad, tt.bad)
		}
	}
}

func TestErased(t *testing.T) {
	c := five()
	before := c.head()
	c.erase(2)
	r := verify(t, c.bundle(before), ledger.Given{Hash: before.Hash})
	if r.Bad != nil || !slices.Equal(r.Erased, []uint64{2}) || !slices.Equal(r.InFull, []uint64{3, 6}) {
		t.Errorf("got %+v, want entry 2 erased and the rest sound", r)
	}
	b := c.bundle()
	b.Content = b.Content[:1] // without the tombstone's
	if r := verify(t, b, ledger.Given{}); r.Bad == nil || r.Bad.Number != 2 {
		t.Errorf("got %v for a tombstone that says nothing, want entry 2", r.Bad)
	}
	forward := five()
	forward.add(ledger.KindTombstone, `{"number":6,"reason":""}`)
	if r := verify(t, forward.bundle(), ledger.Given{}); r.Bad == nil || r.Bad.Number != 6 {
		t.Errorf("got %v for a tombstone of itself, want entry 6", r.Bad)
	}
}

func TestRotation(t *testing.T) {
	c := five()
	c.rotate(t, keyOf(2))
	c.add("claim", "content 7")
	for n := byte(1); n <= 2; n++ {
		r := verify(t, c.bundle(), ledger.Given{Key: ledger.PublicOf(keyOf(n))})
		if r.Bad != nil || len(r.Keys) != 2 {
			t.Errorf("key %d: got %+v, want both keys found and no fault", n, r)
		}
	}
	if r := verify(t, c.bundle(), ledger.Given{Key: ledger.PublicOf(keyOf(3))}); r.Bad == nil || r.Bad.Number != 1 {
		t.Errorf("got %v with somebody else's key, want entry 1", r.Bad)
	}
	c.key = keyOf(1)
	c.add("claim", "content 8")
	if r := verify(t, c.bundle(), ledger.Given{}); r.Bad == nil || r.Bad.Number != 8 {
		t.Errorf("got %v after the old key signed once more, want entry 8", r.Bad)
	}
	stolen := five()
	stolen.add(ledger.KindKey, fmt.Sprintf(`{"old":%q,"new":%q,"by_new":"AAAA"}`, ledger.PublicOf(keyOf(1)), ledger.PublicOf(keyOf(3))))
	if r := verify(t, stolen.bundle(), ledger.Given{}); r.Bad == nil || r.Bad.Number != 6 {
		t.Errorf("got %v for a new key that did not sign, want entry 6", r.Bad)
	}
}

func TestNextRefuses(t *testing.T) {
	for _, kind := range []ledger.Kind{"", "Claim", "a b", "a\nb", ledger.Kind(strings.Repeat("a", 33))} {
		if _, _, err := ledger.Next(keyOf(1), new(ledger.Entry), noon, kind, [32]byte{}, nil); err == nil {
			t.Errorf("kind %q was taken", kind)
		}
	}
	_, _, err := ledger.Next(keyOf(1), new(ledger.Entry), noon, "claim", [32]byte{}, make([]byte, ledger.MaxContent+1))
	if !errors.Is(err, ledger.ErrTooLarge) {
		t.Errorf("got error %v for content that is too large", err)
	}
	c := five()
	e, _, err := ledger.Next(keyOf(1), c.last(), noon.Add(-time.Hour), "claim", [32]byte{}, nil)
	if err != nil || !e.At.Equal(c.last().At) {
		t.Errorf("got %v, %v: a clock that goes back makes no entry before the one before", e.At, err)
	}
}

func TestHeadLine(t *testing.T) {
	h := five().head()
	got, err := ledger.ParseHead("  " + strings.Replace(h.String(), " ", "\n ", 2) + "\n")
	if err != nil || got != h {
		t.Fatalf("got %v, %v, want %v", got, err, h)
	}
	for _, s := range []string{"", "seawall-head-1", strings.Replace(h.String(), " 5 ", " 4 ", 1), strings.Replace(h.String(), " 5 ", " 05 ", 1), h.String() + " x"} {
		if _, err := ledger.ParseHead(s); err == nil {
			t.Errorf("%q was read", s)
		}
	}
}

// Whatever single byte of a bundle is changed, it is no bundle, or does not hold, or says what it said; subject, time of making and what
// it rests on are the bundle's own words; the chain does not hold them.
func TestEveryByteCounts(t *testing.T) {
	c := five()
	c.erase(2)
	raw, err := c.bundle(c.head()).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		changed := slices.Clone(raw)
		i := rapid.IntRange(0, len(raw)-1).Draw(t, "at")
		changed[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		b, err := ledger.ParseBundle(changed)
		if err != nil || ledger.Verify(b, ledger.Given{Key: ledger.PublicOf(keyOf(1))}).Bad != nil {
			return
		}
		b.Subject, b.Made, b.RestsOn = c.bundle().Subject, c.bundle().Made, c.bundle().RestsOn
		again, err := b.Marshal()
		if err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("byte %d: it holds and says something else", i)
		}
	})
}

// Whatever is added, dropped or put elsewhere in a chain is found.
func TestChainLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &chain{key: keyOf(1)}
		for i := range rapid.IntRange(4, 30).Draw(t, "entries") {
			if i > 3 && rapid.Bool().Draw(t, "erase") {
				c.erase(rapid.Uint64Range(1, uint64(i)).Draw(t, "what"))
				continue
			}
			c.add("claim", rapid.String().Draw(t, "content"))
		}
		given := ledger.Given{Key: ledger.PublicOf(keyOf(1))}
		tombstoned := func() bool { // an erased tombstone cannot be read: the store never erases one
			return slices.ContainsFunc(c.entries, func(e ledger.Entry) bool {
				return e.Kind == ledger.KindTombstone && !slices.ContainsFunc(c.content, func(h ledger.Content) bool { return h.Number == e.Number })
			})
		}()
		if r := ledger.Verify(c.bundle(), given); (r.Bad == nil) == tombstoned {
			t.Fatalf("got %v", r.Bad)
		}
		b := c.bundle()
		i := rapid.IntRange(0, len(b.Entries)-1).Draw(t, "i")
		j := rapid.IntRange(0, len(b.Entries)-1).Draw(t, "j")
		if i == j {
			b.Entries = slices.Delete(b.Entries, i, i+1)
		} else {
			b.Entries[i], b.Entries[j] = b.Entries[j], b.Entries[i]
		}
		if r := ledger.Verify(b, given); r.Bad == nil || r.Bad.Number > uint64(min(i, j))+1 {
			t.Fatalf("got %v after entries %d and %d were touched", r.Bad, i+1, j+1)
		}
	})
}

// testdata/bundle.json is an example for those who write a verifier of their own: it is made from fixed keys and salts, so it never changes.
func TestGolden(t *testing.T) {
	c := five()
	early := c.head()
	c.erase(2)
	c.rotate(t, keyOf(2))
	c.add("claim", "content 8")
	raw, err := c.bundle(early).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "bundle.json")
	if *update {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(raw)); diff != "" {
		t.Errorf("the format changed (-want +got):\n%s", diff)
	}
	b, err := ledger.ParseBundle(want)
	if err != nil {
		t.Fatal(err)
	}
	if r := ledger.Verify(b, ledger.Given{Key: ledger.PublicOf(keyOf(1)), Hash: early.Hash, Number: 5}); r.Bad != nil {
		t.Error(r.Bad)
	}
}

func FuzzParseBundle(f *testing.F) {
	c := five()
	c.erase(2)
	raw, err := c.bundle(c.head()).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"format":"seawall-bundle-1"}`))
	f.Add([]byte(`[[[[[[[[`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := ledger.ParseBundle(raw)
		if err != nil {
			return
		}
		ledger.Verify(b, ledger.Given{Key: ledger.PublicOf(keyOf(1))})
		out, err := b.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ledger.ParseBundle(out)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, again, cmp.Transformer("json", func(c ledger.Content) string { j, _ := json.Marshal(c); return string(j) })); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestManyEntries: a bundle of very many entries is refused for their number before they are all read.
func TestManyEntries(t *testing.T) {
	raw := []byte(`{"format":"x","entries":[` + strings.TrimSuffix(strings.Repeat("{},", ledger.MaxEntries+1), ",") + `]}`)
	if _, err := ledger.ParseBundle(raw); !errors.Is(err, ledger.ErrTooLarge) {
		t.Errorf("got %v, want %v", err, ledger.ErrTooLarge)
	}
	raw = []byte(`{"format":"x","entries":[{"number":1,"other":2}]}`)
	if _, err := ledger.ParseBundle(raw); err == nil || !strings.Contains(err.Error(), "other") {
		t.Errorf("an unknown key in an entry: got %v", err)
	}
}
