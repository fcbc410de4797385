package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Head is a signed word of where the chain stood: who keeps it can tell later whether the chain was written anew. It is a plain value; it
// travels as one line of text, [Head.String].
type Head struct {
	Number    uint64
	At        time.Time // when it was signed; UTC, to the millisecond
	Hash      Hash      // of the entry with that number
	Key       PublicKey
	Signature [ed25519.SignatureSize]byte // of [Head.Bytes]
}

// headWord begins the line.
const headWord = "seawall-head-1"

// HeadOf signs that the chain ends with last. The zero Entry has no head: the result is the zero Head.
func HeadOf(key ed25519.PrivateKey, last *Entry, at time.Time) Head {
	if last.Number == 0 {
		return Head{}
	}
	h := Head{Number: last.Number, At: at.UTC().Truncate(time.Millisecond), Hash: last.Hash(), Key: PublicOf(key)}
	copy(h.Signature[:], ed25519.Sign(key, h.Bytes()))
	return h
}

// Bytes returns what is signed.
func (h *Head) Bytes() []byte {
	return lines("seawall-ledger-head-1", strconv.FormatUint(h.Number, 10), stamp(h.At), h.Hash.String(), h.Key.String())
}

// Signed reports whether the head's own key signed it.
func (h *Head) Signed() bool { return ed25519.Verify(h.Key[:], h.Bytes(), h.Signature[:]) }

// IsZero reports whether there is no head.
func (h *Head) IsZero() bool { return h.Number == 0 }

// String returns the head as one line, for mails, messages and print: a word, number, time, hash, key and signature, with blanks between.
func (h Head) String() string {
	return strings.Join([]string{
		headWord, strconv.FormatUint(h.Number, 10), stamp(h.At), h.Hash.String(), h.Key.String(), base64.RawURLEncoding.EncodeToString(h.Signature[:]),
	}, " ")
}

// ParseHead reads such a line. Line breaks that a mail put between its parts do no harm. The signature is checked.
func ParseHead(s string) (Head, error) {
	f := strings.Fields(s)
	if len(f) != 6 || f[0] != headWord {
		return Head{}, errors.New("a head is a line of six parts that begins with " + headWord)
	}
	var h Head
	var err error
	if h.Number, err = number(f[1]); err != nil {
		return Head{}, err
	}
	if h.At, err = parseStamp(f[2]); err != nil {
		return Head{}, err
	}
	if err := h.Hash.UnmarshalText([]byte(f[3])); err != nil {
		return Head{}, err
	}
	if err := h.Key.UnmarshalText([]byte(f[4])); err != nil {
		return Head{}, err
	}
	if err := signature(&h.Signature, base64.RawURLEncoding, f[5]); err != nil {
		return Head{}, err
	}
	if !h.Signed() {
		return Head{}, errors.New("the head's signature does not hold")
	}
	return h, nil
}

// number reads a number as it is written: without sign or leading zero, and not 0.
func number(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != s {
		return 0, errors.New("an entry has a number from 1 on")
	}
	return n, nil
}

// parseStamp reads a time as it is signed.
func parseStamp(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05.000Z", s)
	if err != nil || stamp(t) != s {
		return t, errors.New("a time is written as 2025-11-17T20:00:00.000Z")
	}
	return t, nil
}

func signature(to *[ed25519.SignatureSize]byte, as *base64.Encoding, s string) error {
	b, err := as.Strict().DecodeString(s)
	if err != nil || len(b) != len(to) {
		return fmt.Errorf("a signature has %d bytes in base64", len(to))
	}
	copy(to[:], b)
	return nil
}
