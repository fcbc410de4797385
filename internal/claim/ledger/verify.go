package ledger

import (
	"fmt"
	"slices"
)

// Given is what somebody knows who checks a bundle: the key, and perhaps a head that they kept.
type Given struct {
	Key  PublicKey // any of the keys that signed the chain
	Hash Hash      // of a head that they kept; zero when they kept none
	// Number is the entry of that head; 0 when only its hash is known.
	Number uint64
}

// Report is what came of checking.
type Report struct {
	Entries int
	InFull  []uint64 // entries whose content is here and is what the entry was made for
	Erased  []uint64 // entries that the bundle rests on, or that a tombstone names, whose content was erased
	Keys    []PublicKey
	Head    Head
	Bad     *Bad // the first entry that does not hold; nil when everything does
}

// Bad says what does not hold.
type Bad struct {
	Number uint64 // of the entry, as it should be; 0 when the chain as a whole is meant
	Why    string
}

func (b *Bad) Error() string {
	if b.Number == 0 {
		return b.Why
	}
	return fmt.Sprintf("entry %d: %s", b.Number, b.Why)
}

// Verify checks a bundle against what is given. It needs nothing else, and looks at the entries in their order, so that the first bad one is
// named. A bundle without an entry does not hold.
func Verify(b *Bundle, given Given) Report {
	v := verifier{bundle: b, given: given, report: Report{Entries: len(b.Entries), Head: b.Head}}
	v.report.Bad = v.all()
	return v.report
}

type verifier struct {
	bundle   *Bundle
	given    Given
	report   Report
	contents map[uint64]*Content
	heads    map[uint64][]*Head
	erased   map[uint64]bool
	rests    map[uint64]bool
	trusted  map[PublicKey]bool
	key      PublicKey // that signs now
	found    bool      // the head that was given
}

func (v *verifier) all() *Bad {
	if len(v.bundle.Entries) == 0 {
		return &Bad{0, "it has no entry"}
	}
	if bad := v.index(); bad != nil {
		return bad
	}
	v.trust()
	for i := range v.bundle.Entries {
		e := &v.bundle.Entries[i]
		for _, look := range []func(i int, e *Entry) string{v.place, v.sign, v.content, v.head} {
			if why := look(i, e); why != "" {
				return &Bad{uint64(i) + 1, why}
			}
		}
	}
	return v.end()
}

// index puts contents and heads where they are found by number.
func (v *verifier) index() *Bad {
	v.contents, v.heads, v.erased = map[uint64]*Content{}, map[uint64][]*Head{}, map[uint64]bool{}
	v.rests = make(map[uint64]bool, len(v.bundle.RestsOn))
	for _, n := range v.bundle.RestsOn {
		v.rests[n] = true
	}
	for i := range v.bundle.Content {
		c := &v.bundle.Content[i]
		if v.contents[c.Number] != nil {
			return &Bad{c.Number, "two contents are given for it"}
		}
		v.contents[c.Number] = c
	}
	for i := range v.bundle.Heads {
		h := &v.bundle.Heads[i]
		v.heads[h.Number] = append(v.heads[h.Number], h)
	}
	v.heads[v.bundle.Head.Number] = append(v.heads[v.bundle.Head.Number], &v.bundle.Head)
	for i := range v.bundle.Entries {
		e := &v.bundle.Entries[i]
		if c := v.contents[e.Number]; e.Kind == KindTombstone && c != nil && e.Signed() && e.Holds(c) {
			if t, err := tombstoneOf(e, c); err == nil {
				v.erased[t.Number] = true
			}
		}
	}
	return nil
}

// trust finds the keys that the given one vouches for, through changes that both keys signed.
func (v *verifier) trust() {
	var changes []Rotation
	for i := range v.bundle.Entries {
		e := &v.bundle.Entries[i]
		if c := v.contents[e.Number]; e.Kind == KindKey && c != nil && e.Signed() && e.Holds(c) {
			if r, err := rotationOf(e, c); err == nil {
				changes = append(changes, r)
			}
		}
	}
	v.trusted = map[PublicKey]bool{v.given.Key: true}
	for _, r := range changes { // forward from the given key
		v.trusted[r.New] = v.trusted[r.New] || v.trusted[r.Old]
	}
	for _, r := range slices.Backward(changes) { // and back
		v.trusted[r.Old] = v.trusted[r.Old] || v.trusted[r.New]
	}
	v.key = v.bundle.Entries[0].Key
}

// place checks that an entry follows the one before.
func (v *verifier) place(i int, e *Entry) string {
	if e.Number != uint64(i)+1 {
		return fmt.Sprintf("entry %d stands in its place", e.Number)
	}
	if i == 0 {
		if e.Previous != (Hash{}) {
			return "it is the first and names one before it"
		}
		return ""
	}
	last := &v.bundle.Entries[i-1]
	switch {
	case e.Previous != last.Hash():
		return "it does not follow the entry before it, as that stands here"
	case e.At.Before(last.At):
		return "its time is before that of the entry before it"
	}
	return ""
}

// sign checks who signed an entry.
func (v *verifier) sign(_ int, e *Entry) string {
	switch {
	case !v.trusted[e.Key]:
		return "it is signed by " + e.Key.String() + ", for which the given key does not vouch"
	case e.Key != v.key:
		return "its key is not the one that signs here"
	case !e.Signed():
		return "its signature does not hold"
	}
	if !slices.Contains(v.report.Keys, e.Key) {
		v.report.Keys = append(v.report.Keys, e.Key)
	}
	return ""
}

// content checks what an entry stands for, as far as it is here.
func (v *verifier) content(_ int, e *Entry) string {
	c := v.contents[e.Number]
	if c == nil {
		return v.missing(e)
	}
	if !e.Holds(c) {
		return "its content is not what it was made for"
	}
	v.report.InFull = append(v.report.InFull, e.Number)
	switch e.Kind {
	case KindTombstone:
		if _, err := tombstoneOf(e, c); err != nil {
			return "it is no tombstone: " + err.Error()
		}
	case KindKey:
		r, err := rotationOf(e, c)
		if err != nil {
			return "it is no change of the key: " + err.Error()
		}
		v.key = r.New
	}
	return ""
}

func (v *verifier) missing(e *Entry) string {
	switch {
	case e.Kind == KindTombstone || e.Kind == KindKey:
		return "its content is missing, and others cannot be checked without it"
	case v.erased[e.Number]:
		v.report.Erased = append(v.report.Erased, e.Number)
	case v.rests[e.Number]:
		return "the bundle rests on it, its content is missing, and no tombstone says that it was erased"
	}
	return ""
}

// head checks that the chain runs through the heads of an entry.
func (v *verifier) head(_ int, e *Entry) string {
	for _, h := range v.heads[e.Number] {
		switch {
		case !v.trusted[h.Key]:
			return "a head of it is signed by another key, for which the given key does not vouch"
		case !h.Signed():
			return "the signature of its head does not hold"
		case h.Hash != e.Hash():
			return "a head that was given away names another entry here: the chain was written anew"
		}
	}
	if v.given.Hash == (Hash{}) {
		return ""
	}
	if same := v.given.Hash == e.Hash(); same && (v.given.Number == 0 || v.given.Number == e.Number) {
		v.found = true
	} else if v.given.Number == e.Number {
		return "the head that you kept names another entry here: the chain was written anew"
	}
	return ""
}

// end checks what concerns the chain as a whole.
func (v *verifier) end() *Bad {
	last := uint64(len(v.bundle.Entries))
	if v.bundle.Head.Number != last {
		return &Bad{min(v.bundle.Head.Number, last) + 1, fmt.Sprintf("the chain has %d entries and its head says %d", last, v.bundle.Head.Number)}
	}
	beyond := func(n uint64, what string) *Bad {
		return &Bad{last + 1, fmt.Sprintf("%s entry %d, and the chain ends with %d", what, n, last)}
	}
	for _, h := range v.bundle.Heads {
		if h.Number == 0 || h.Number > last {
			return beyond(h.Number, "a head names")
		}
	}
	for _, c := range v.bundle.Content {
		if c.Number == 0 || c.Number > last {
			return beyond(c.Number, "a content is of")
		}
	}
	for _, n := range v.bundle.RestsOn {
		if n == 0 || n > last {
			return beyond(n, "the bundle rests on")
		}
	}
	switch {
	case v.given.Hash == (Hash{}) || v.found:
		return nil
	case v.given.Number > last:
		return beyond(v.given.Number, "the head that you kept names")
	}
	return &Bad{0, "the chain does not run through the head that you kept: it was written anew, or is another one"}
}
