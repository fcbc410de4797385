package claims

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/claim/ledger"
)

// Checked is what came of checking a bundle of the evidence ledger, as it is printed.
type Checked struct {
	Holds   bool      `json:"holds"`
	Bad     *BadEntry `json:"bad"` // null when it holds
	Subject string    `json:"subject"`
	Made    time.Time `json:"made"`
	Entries int       `json:"entries"`
	InFull  []uint64  `json:"in_full"` // whose content is here and is what the entry was made for
	Erased  []uint64  `json:"erased"`
	Keys    []string  `json:"keys"` // that signed, in their order
	Head    string    `json:"head"` // as one line
	// KeptHead says whether a head was given that the chain has to run through.
	KeptHead bool `json:"kept_head"`
}

// BadEntry is the first entry of a bundle that does not hold.
type BadEntry struct {
	Entry uint64 `json:"entry"` // 0 when the chain as a whole is meant
	Why   string `json:"why"`
	said  string
}

// VerifyBundle checks a bundle with nothing but a public key, and a head where one was kept: its line or its hash; "" where none was. An error
// says that there is nothing to check; a bundle that does not hold is none.
func VerifyBundle(in io.Reader, key, head string) (*Checked, error) {
	given, err := givenOf(key, head)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(in, ledger.MaxBundle+1))
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	b, err := ledger.ParseBundle(raw)
	if err != nil {
		return nil, err
	}
	r := ledger.Verify(b, given)
	c := &Checked{
		Holds: r.Bad == nil, Subject: b.Subject, Made: b.Made, Entries: r.Entries, Head: r.Head.String(), KeptHead: head != "",
		InFull: append([]uint64{}, r.InFull...), Erased: append([]uint64{}, r.Erased...), Keys: make([]string, 0, len(r.Keys)),
	}
	for _, k := range r.Keys {
		c.Keys = append(c.Keys, k.String())
	}
	if r.Bad != nil {
		c.Bad = &BadEntry{Entry: r.Bad.Number, Why: r.Bad.Why, said: r.Bad.Error()}
	}
	return c, nil
}

// givenOf reads what the command line says.
func givenOf(key, head string) (ledger.Given, error) {
	k, err := ledger.ParseKey(key)
	if err != nil {
		return ledger.Given{}, fmt.Errorf("read key: %w", err)
	}
	given := ledger.Given{Key: k}
	switch head = strings.TrimSpace(head); {
	case head == "":
	case strings.ContainsAny(head, " \n"):
		h, err := ledger.ParseHead(head)
		if err != nil {
			return given, fmt.Errorf("read head: %w", err)
		}
		given.Hash, given.Number = h.Hash, h.Number
	default:
		if err := given.Hash.UnmarshalText([]byte(head)); err != nil {
			return given, fmt.Errorf("read head: %w", err)
		}
	}
	if head != "" && given.Hash == (ledger.Hash{}) {
		return given, fmt.Errorf("read head: no entry has the hash %s", given.Hash)
	}
	return given, nil
}

// WriteText writes it for people.
func (c *Checked) WriteText(w io.Writer) error {
	var b strings.Builder
	if c.Holds {
		fmt.Fprintln(&b, "holds")
	} else {
		fmt.Fprintf(&b, "does not hold: %s\n", c.Bad.said)
	}
	fmt.Fprintf(&b, "  subject  %q, made %s\n", c.Subject, c.Made.Format(time.RFC3339))
	if c.Holds {
		hashes := c.Entries - len(c.InFull) - len(c.Erased)
		fmt.Fprintf(&b, "  entries  %d: %d in full, %d erased, %d as hashes\n", c.Entries, len(c.InFull), len(c.Erased), hashes)
		if len(c.Erased) > 0 {
			fmt.Fprintf(&b, "  erased   %s\n", strings.Trim(fmt.Sprint(c.Erased), "[]"))
		}
		for _, k := range c.Keys {
			fmt.Fprintf(&b, "  signed   by %s\n", k)
		}
		fmt.Fprintf(&b, "  head     %s\n", c.Head)
		if !c.KeptHead {
			fmt.Fprintln(&b, "  without a head that you kept, nobody can tell whether the holder of the key wrote the chain anew")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
