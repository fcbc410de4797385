package ledger

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Bundle is what is handed out so that others can check it.
type Bundle struct {
	Made    time.Time
	Subject string    // what it is about, for people
	RestsOn []uint64  // entries whose contents have to be here, or to be erased
	Entries []Entry   // the chain from entry 1 to the head
	Content []Content // of what it rests on, of every tombstone and of every change of the key
	Heads   []Head    // that were given away before
	Head    Head      // of the last entry
}

// bundleFormat names the format and its version.
const bundleFormat = "seawall-bundle-1"

// The bundle as JSON. Times are strings, so that what is signed is what is read.
type (
	bundleDoc struct {
		Format   string             `json:"format"`
		Made     string             `json:"made"`
		Subject  string             `json:"subject"`
		RestsOn  atMost[uint64]     `json:"rests_on"`
		Entries  atMost[entryDoc]   `json:"entries"`
		Contents atMost[contentDoc] `json:"contents"`
		Heads    atMost[headDoc]    `json:"heads"`
		Head     headDoc            `json:"head"`
	}
	entryDoc struct {
		Number    uint64    `json:"number"`
		At        string    `json:"at"`
		Kind      Kind      `json:"kind"`
		Content   Hash      `json:"content"`
		Previous  Hash      `json:"previous"`
		Key       PublicKey `json:"key"`
		Signature string    `json:"signature"`
	}
	contentDoc struct {
		Number uint64 `json:"number"`
		Salt   Hash   `json:"salt"`
		Bytes  []byte `json:"bytes"`
	}
	headDoc struct {
		Number    uint64    `json:"number"`
		At        string    `json:"at"`
		Hash      Hash      `json:"hash"`
		Key       PublicKey `json:"key"`
		Signature string    `json:"signature"`
	}
)

// Marshal writes the bundle as JSON, the same bytes for the same bundle. More than a bundle may hold is [ErrTooLarge].
func (b *Bundle) Marshal() ([]byte, error) {
	if len(b.Entries) > MaxEntries {
		return nil, fmt.Errorf("%d entries, at most %d: %w", len(b.Entries), MaxEntries, ErrTooLarge)
	}
	d := bundleDoc{
		Format: bundleFormat, Made: stamp(b.Made), Subject: b.Subject, RestsOn: b.RestsOn, Head: headDocOf(&b.Head),
		Entries: make([]entryDoc, len(b.Entries)), Contents: make([]contentDoc, len(b.Content)), Heads: make([]headDoc, len(b.Heads)),
	}
	if d.RestsOn == nil {
		d.RestsOn = []uint64{}
	}
	for i := range b.Entries {
		e := &b.Entries[i]
		d.Entries[i] = entryDoc{e.Number, stamp(e.At), e.Kind, e.Content, e.Previous, e.Key, base64.StdEncoding.EncodeToString(e.Signature[:])}
	}
	for i, c := range b.Content {
		d.Contents[i] = contentDoc{c.Number, c.Salt, c.Bytes}
	}
	for i := range b.Heads {
		d.Heads[i] = headDocOf(&b.Heads[i])
	}
	out, err := json.MarshalIndent(d, "", " ")
	if err == nil && len(out) >= MaxBundle {
		err = fmt.Errorf("a bundle of %d bytes, at most %d: %w", len(out), MaxBundle, ErrTooLarge)
	}
	return append(out, '\n'), err
}

func headDocOf(h *Head) headDoc {
	return headDoc{h.Number, stamp(h.At), h.Hash, h.Key, base64.StdEncoding.EncodeToString(h.Signature[:])}
}

// atMost is a list of at most [MaxEntries]: what is longer is not read to its end, for whoever wrote it may want it to take much.
type atMost[T any] []T

// UnmarshalJSON reads a list.
func (l *atMost[T]) UnmarshalJSON(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if t, err := d.Token(); err != nil || t == nil {
		return err
	} else if t != json.Delim('[') {
		return errors.New("a list is wanted")
	}
	for d.More() {
		if len(*l) == MaxEntries {
			return fmt.Errorf("more than %d entries: %w", MaxEntries, ErrTooLarge)
		}
		var one T
		if err := d.Decode(&one); err != nil {
			return err
		}
		*l = append(*l, one)
	}
	return nil
}

// ParseBundle reads a bundle. It checks the form alone; whether the bundle holds is [Verify]'s question. Keys that are not part of the format
// are errors: nothing in a bundle goes unchecked.
func ParseBundle(raw []byte) (*Bundle, error) {
	if len(raw) > MaxBundle {
		return nil, fmt.Errorf("a bundle of %d bytes, at most %d: %w", len(raw), MaxBundle, ErrTooLarge)
	}
	var d bundleDoc
	if err := strict(raw, &d); err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	if d.Format != bundleFormat {
		return nil, fmt.Errorf("read bundle: its format is %.40q, not %q", d.Format, bundleFormat)
	}
	b, err := d.bundle()
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	return b, nil
}

func (d *bundleDoc) bundle() (_ *Bundle, err error) {
	b := &Bundle{Subject: d.Subject, RestsOn: d.RestsOn, Entries: make([]Entry, len(d.Entries)), Heads: make([]Head, len(d.Heads))}
	if b.Made, err = parseStamp(d.Made); err != nil {
		return nil, err
	}
	for i := range d.Entries {
		if err := d.Entries[i].to(&b.Entries[i]); err != nil {
			return nil, fmt.Errorf("entry %d: %w", d.Entries[i].Number, err)
		}
	}
	for _, c := range d.Contents {
		if len(c.Bytes) > MaxContent {
			return nil, fmt.Errorf("content of entry %d: %w", c.Number, ErrTooLarge)
		}
		b.Content = append(b.Content, Content{c.Number, c.Salt, c.Bytes})
	}
	for i := range d.Heads {
		if err := d.Heads[i].to(&b.Heads[i]); err != nil {
			return nil, fmt.Errorf("head of entry %d: %w", d.Heads[i].Number, err)
		}
	}
	return b, d.Head.to(&b.Head)
}

func (d *entryDoc) to(e *Entry) error {
	at, err := parseStamp(d.At)
	if err != nil {
		return err
	}
	if !d.Kind.ok() {
		return errKind
	}
	*e = Entry{Number: d.Number, At: at, Kind: d.Kind, Content: d.Content, Previous: d.Previous, Key: d.Key}
	return signature(&e.Signature, base64.StdEncoding, d.Signature)
}

func (d *headDoc) to(h *Head) error {
	at, err := parseStamp(d.At)
	if err != nil {
		return err
	}
	*h = Head{Number: d.Number, At: at, Hash: d.Hash, Key: d.Key}
	return signature(&h.Signature, base64.StdEncoding, d.Signature)
}
