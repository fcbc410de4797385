// Package ledger is a chain of signed entries that says what was known when, so that somebody who distrusts us can check it without us. It is
// pure: no store, no clock, no files. docs/formats/ledger.md defines every byte.
//
// An [Entry] has a number, a time, a kind, the salted hash of its content, the hash of the entry before, and a signature. Content lies beside
// the chain and can be erased: the salt goes with it, and a signed tombstone that names the entry stays, so [Verify] says "erased" and not
// "broken". Whoever holds the key alone can write the whole chain anew; so a signed [Head] leaves the house often, and a chain that does not
// run through a head that somebody kept is another one.
//
// A [Bundle] is what is handed out: the whole chain without contents, and in full the contents of what it rests on.
package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Limits.
const (
	MaxContent = 1 << 20  // bytes of one content
	MaxBundle  = 64 << 20 // bytes of a bundle, as JSON
	MaxEntries = 100_000  // in one bundle
	MaxKind    = 32       // bytes of a kind
	SaltSize   = 32       // bytes
)

// Kind is what an entry's content is. Kinds are lower-case words with "_" between them; those below mean something to [Verify], others do not.
type Kind string

// The kinds that are part of the format.
const (
	KindTombstone Kind = "tombstone" // the content of an earlier entry was erased: [Tombstone]
	KindKey       Kind = "key"       // entries after this one are signed with another key: [Rotation]
)

// The errors of adding an entry.
var (
	ErrTooLarge = errors.New("too large for the ledger")
	errKind     = errors.New("a kind is a word of lower-case letters and \"_\"")
)

// Entry is one line of the chain.
type Entry struct {
	Number    uint64    // from 1, without gaps
	At        time.Time // UTC, to the millisecond, never before the entry before
	Kind      Kind
	Content   Hash // of its content, see [ContentHash]
	Previous  Hash // of the entry before; zero of the first
	Key       PublicKey
	Signature [ed25519.SignatureSize]byte // of [Entry.Bytes]
}

// Content is what an entry stands for. Salt and Bytes go together: without the salt nobody can try what the content may have been.
type Content struct {
	Number uint64 // of its entry
	Salt   [SaltSize]byte
	Bytes  []byte
}

// Bytes returns what is hashed and signed.
func (e *Entry) Bytes() []byte {
	return lines("seawall-ledger-entry-1", strconv.FormatUint(e.Number, 10), stamp(e.At), string(e.Kind), e.Content.String(),
		e.Previous.String(), e.Key.String())
}

// Hash returns what the next entry has as [Entry.Previous].
func (e *Entry) Hash() Hash { return sha256.Sum256(e.Bytes()) }

// Signed reports whether the entry's own key signed it. Whether that key is to be believed is another question.
func (e *Entry) Signed() bool { return ed25519.Verify(e.Key[:], e.Bytes(), e.Signature[:]) }

// ContentHash returns the hash of content under a salt.
func ContentHash(salt [SaltSize]byte, content []byte) Hash {
	h := sha256.New()
	h.Write([]byte("seawall-ledger-content-1\n"))
	h.Write(salt[:])
	h.Write(content)
	return Hash(h.Sum(nil))
}

// Holds reports whether c is the content that e was made for.
func (e *Entry) Holds(c *Content) bool {
	return e.Number == c.Number && e.Content == ContentHash(c.Salt, c.Bytes)
}

// Next returns the entry that follows last, the zero [Entry] where there is none, and its content. The salt has to be drawn by a
// cryptographic source, for this entry alone. A time before that of last becomes that of last.
func Next(key ed25519.PrivateKey, last *Entry, at time.Time, kind Kind, salt [SaltSize]byte, content []byte) (Entry, Content, error) {
	switch {
	case len(content) > MaxContent:
		return Entry{}, Content{}, fmt.Errorf("content of %d bytes, at most %d: %w", len(content), MaxContent, ErrTooLarge)
	case !kind.ok():
		return Entry{}, Content{}, fmt.Errorf("%q: %w", kind, errKind)
	}
	e := Entry{Number: last.Number + 1, At: at.UTC().Truncate(time.Millisecond), Kind: kind, Content: ContentHash(salt, content), Key: PublicOf(key)}
	if last.Number > 0 {
		e.Previous = last.Hash()
		if e.At.Before(last.At) {
			e.At = last.At
		}
	}
	copy(e.Signature[:], ed25519.Sign(key, e.Bytes()))
	return e, Content{Number: e.Number, Salt: salt, Bytes: content}, nil
}

func (k Kind) ok() bool {
	if k == "" || len(k) > MaxKind {
		return false
	}
	for _, c := range []byte(k) {
		if c != '_' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// stamp writes a time as it is signed: always with three digits after the point.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// lines joins what is signed. None of it holds a line feed.
func lines(all ...string) []byte {
	var b []byte
	for _, s := range all {
		b = append(append(b, s...), '\n')
	}
	return b
}
