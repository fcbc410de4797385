package ledger

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Hash is a SHA-256; as text 64 lower-case hexadecimal digits.
type Hash [32]byte

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements [encoding.TextMarshaler].
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (h *Hash) UnmarshalText(text []byte) error { return fromHex(h[:], text, "hash") }

// PublicKey is an Ed25519 key that entries are checked with; as text "ed25519:" and 64 hexadecimal digits.
type PublicKey [ed25519.PublicKeySize]byte

const keyPrefix = "ed25519:"

func (k PublicKey) String() string { return keyPrefix + hex.EncodeToString(k[:]) }

// MarshalText implements [encoding.TextMarshaler].
func (k PublicKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (k *PublicKey) UnmarshalText(text []byte) error {
	rest, ok := bytes.CutPrefix(text, []byte(keyPrefix))
	if !ok {
		return fmt.Errorf("a key begins with %q", keyPrefix)
	}
	return fromHex(k[:], rest, "key")
}

// ParseKey reads a public key as it is printed, with blanks around it.
func ParseKey(s string) (k PublicKey, err error) {
	return k, k.UnmarshalText([]byte(strings.TrimSpace(s)))
}

// PublicOf returns the public half of a key.
func PublicOf(key ed25519.PrivateKey) PublicKey { return PublicKey(key[ed25519.SeedSize:]) }

// fromHex reads exactly as many lower-case digits as to holds; one value has one text.
func fromHex(to, text []byte, what string) error {
	if len(text) != 2*len(to) || bytes.ContainsAny(text, "ABCDEF") {
		return fmt.Errorf("a %s has %d lower-case hexadecimal digits", what, 2*len(to))
	}
	if _, err := hex.Decode(to, text); err != nil {
		return fmt.Errorf("a %s has %d lower-case hexadecimal digits", what, 2*len(to))
	}
	return nil
}

// Rotation is the content of an entry of [KindKey]. The entry is signed by the old key; ByNew is the new key's word that it follows the old,
// so that whoever knows either knows both.
type Rotation struct {
	Old   PublicKey `json:"old"`
	New   PublicKey `json:"new"`
	ByNew []byte    `json:"by_new"` // signature of the two, see [Rotate]
}

// Rotate returns the content of the entry after which new signs instead of old.
func Rotate(old, newer ed25519.PrivateKey) ([]byte, error) {
	r := Rotation{Old: PublicOf(old), New: PublicOf(newer)}
	r.ByNew = ed25519.Sign(newer, r.bytes())
	return json.Marshal(r)
}

func (r *Rotation) bytes() []byte {
	return lines("seawall-ledger-key-1", r.Old.String(), r.New.String())
}

// rotationOf reads what an entry of [KindKey] says; an error when it says nothing that holds.
func rotationOf(e *Entry, c *Content) (r Rotation, err error) {
	if err := strict(c.Bytes, &r); err != nil {
		return r, err
	}
	switch {
	case r.Old != e.Key:
		return r, errors.New("it does not name the key that signed it")
	case !ed25519.Verify(r.New[:], r.bytes(), r.ByNew):
		return r, errors.New("the new key did not sign it")
	}
	return r, nil
}

// Tombstone is the content of an entry of [KindTombstone]: the content of Number was erased. Reason is one of a few words, never a name.
type Tombstone struct {
	Number uint64 `json:"number"`
	Reason string `json:"reason"`
}

// tombstoneOf reads what an entry of [KindTombstone] says.
func tombstoneOf(e *Entry, c *Content) (t Tombstone, err error) {
	if err := strict(c.Bytes, &t); err != nil {
		return t, err
	}
	if t.Number == 0 || t.Number >= e.Number {
		return t, errors.New("it names no earlier entry")
	}
	return t, nil
}

// strict reads one JSON value without anything that is not part of it.
func strict(b []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if d.More() || len(bytes.TrimSpace(b[d.InputOffset():])) > 0 {
		return errors.New("something follows it")
	}
	return nil
}
