package ddosia

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
)

// ErrTooLarge says that a list is longer than [Limits.Bytes], or a member of an archive longer than [MaxMemberBytes].
var ErrTooLarge = errors.New("too large")

// ErrNotList says that the bytes are no list of attack orders, not even a damaged one.
var ErrNotList = errors.New("not a list of attack orders")

// Limits bound what a list can take. A zero field means its default, given here.
type Limits struct {
	Bytes    int64 // the whole list, 64 MiB
	RowBytes int   // one order, 1 MiB; the longest seen so far has 490 kB
	Rows     int   // orders kept, 200,000; the longest list so far has 664. At most 1,000 randoms are kept
}

const maxRandoms = 1000

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 64 << 20
	}
	if l.RowBytes <= 0 {
		l.RowBytes = 1 << 20
	}
	if l.Rows <= 0 {
		l.Rows = 200_000
	}
	return l
}

// Parse reads one list from r to its end and keeps what can be read of it. It returns an error when reading r fails, when the list
// is too large ([ErrTooLarge]) and when r yields something else altogether ([ErrNotList]); a damaged, truncated or empty list is
// no error. It holds the whole list in memory while it reads.
func Parse(r io.Reader, limits Limits) (*List, error) {
	limits = limits.withDefaults()
	data, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read attack orders: %w", err)
	}
	if int64(len(data)) > limits.Bytes {
		return nil, fmt.Errorf("read attack orders: longer than %d bytes: %w", limits.Bytes, ErrTooLarge)
	}
	return parseJSON(data, limits)
}

func parseJSON(data []byte, limits Limits) (*List, error) {
	list, seen := parse(data, limits)
	if !seen && !bytes.Contains(data, []byte(`"targets"`)) {
		return nil, fmt.Errorf("read attack orders: %w", ErrNotList)
	}
	return list, nil
}

// parse reports beside the list whether anything in data begins like a row.
func parse(data []byte, limits Limits) (*List, bool) {
	list := &List{Skipped: map[Reason]int{}}
	orders := 0
	s := newScanner(data, limits.RowBytes)
	s.skipped = func(why Reason, n int) {
		if n > 0 {
			list.Skipped[why] += n
		}
	}
	s.row = func(k kind, raw []byte) bool {
		var one row
		if json.Unmarshal(raw, &one) != nil {
			return false
		}
		if k == order {
			orders++
		}
		if why, ok := list.add(k, &one, limits.Rows); !ok {
			list.Skipped[why]++
		}
		return true
	}
	s.run()
	list.Empty = orders == 0 && len(list.Skipped) == 0
	return list, s.found
}

// add keeps one row, or says why not.
func (l *List) add(k kind, one *row, rows int) (Reason, bool) {
	if k == random {
		return l.addRandom(one.random())
	}
	return l.addEntry(one.entry(l.badHost), rows)
}

func (l *List) addEntry(e Entry, rows int) (Reason, bool) {
	switch {
	case strings.TrimSpace(e.HostRaw) == "":
		return NoHost, false
	case len(e.Hosts) == 0:
		return BadHost, false
	case len(l.Entries) == rows:
		return TooMany, false
	}
	l.Entries = append(l.Entries, e)
	return 0, true
}

func (l *List) addRandom(r Random) (Reason, bool) {
	switch {
	case r == Random{ID: r.ID, Name: r.Name}:
		return NotOrder, false // a field of a damaged order looks like that
	case len(l.Randoms) == maxRandoms:
		return TooMany, false
	}
	l.Randoms = append(l.Randoms, r)
	return 0, true
}

const maxBadHosts = 1000

// badHost notes what stands where a host should.
func (l *List) badHost(part string) {
	part = strings.ToLower(strings.ToValidUTF8(part[:min(len(part), maxHostBytes)], "�"))
	if len(l.BadHosts) < maxBadHosts && !slices.Contains(l.BadHosts, part) {
		l.BadHosts = append(l.BadHosts, part)
	}
}

func (r *row) entry(badHost func(part string)) Entry {
	addr, _ := netip.ParseAddr(strings.TrimSpace(string(r.IP))) // no address is what the zero value says
	port := int(r.Port)
	if port < 0 || port > 65535 {
		port = 0
	}
	return Entry{
		TargetID:  string(r.TargetID),
		RequestID: string(r.RequestID),
		HostRaw:   string(r.Host),
		Hosts:     hosts(string(r.Host), badHost),
		IP:        addr,
		Type:      typeOf(string(r.Type)),
		TypeRaw:   string(r.Type),
		Method:    string(r.Method),
		Port:      port,
		UseTLS:    bool(r.UseSSL),
		Path:      string(r.Path),
		Body:      Body(r.Body),
		Headers:   []Header(r.Headers),
	}
}

func (r *row) random() Random {
	return Random{
		ID: string(r.ID), Name: string(r.Name),
		Digit: bool(r.Digit), Upper: bool(r.Upper), Lower: bool(r.Lower),
		Min: int(r.Min), Max: int(r.Max),
	}
}

func typeOf(s string) Type {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, t := range Types() {
		if t != Other && t.String() == s {
			return t
		}
	}
	return Other
}
