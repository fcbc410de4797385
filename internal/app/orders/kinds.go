package orders

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/intel/misp"
	"github.com/seawall-project/seawall/internal/intel/pile"
	"github.com/seawall-project/seawall/internal/intel/stix"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
)

// The formats beside [FormatDDoSia] in which others publish what they know.
const (
	FormatMISP     = "misp"     // events: objects ddos-config are orders, ddos-claim claims; what ddos says was seen is counted
	FormatSTIX     = "stix"     // bundles: what they say is claims
	FormatPrefixes = "prefixes" // networks that attacked: kept until the list means nothing any more
)

// givesOrders reports whether what comes in a format may order something, so that its absence says something.
func givesOrders(format string) bool { return format != FormatSTIX && format != FormatPrefixes }

// Claiming is a file in which somebody claims something, on its way to the desk of claims.
type Claiming struct {
	Raw    []byte // valid until the call returns
	Format string // [FormatMISP] or [FormatSTIX]
	Feed   string
	TLP    string // of the feed, such as "TLP:AMBER"; "" when nobody said
	Room   int    // how many claims that are not known may be taken, those that name watched sites first
}

// ClaimsBeyond is by what name claims are counted that were not taken for want of [Claiming.Room].
const ClaimsBeyond = "claims_beyond_limit"

// Claimed is what came of a file in which somebody claims something.
type Claimed struct {
	Claims, New int            // that were taken, and how many of them were not known
	Skipped     map[string]int // claims that were not taken, by why; nil for none
}

// ClaimFunc takes in what a file claims. What is known is not there twice, and a claim that cannot be taken keeps no other from it. With an error it
// returns what was taken before.
type ClaimFunc func(ctx context.Context, c Claiming) (Claimed, error)

// maxSniffed is how much of a file is looked at to tell its format, in bytes.
const maxSniffed = 1 << 20

// FormatOf tells a file's format by what is in it; "" when nothing in its first MiB does.
func FormatOf(data []byte) string {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(data) == 0 {
		return ""
	}
	if data[0] == '{' || data[0] == '[' {
		return formatOfJSON(json.NewDecoder(bytes.NewReader(data[:min(len(data), maxSniffed)])))
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	header := strings.ToLower(strings.TrimSpace(string(line[:min(len(line), 4096)])))
	for cell := range strings.SplitSeq(header, ",") {
		switch cell = strings.Trim(strings.TrimSpace(cell), `"`); cell {
		case "host":
			return FormatDDoSia
		case "cidr", "ip_address", "prefix", "network":
			return FormatPrefixes
		}
		if _, err := netip.ParsePrefix(cell); err == nil {
			return FormatPrefixes
		}
		if _, err := netip.ParseAddr(cell); err == nil {
			return FormatPrefixes
		}
	}
	return ""
}

// formatOfJSON tells the format by the first telling key of the outermost object, or of the first one in a list.
func formatOfJSON(d *json.Decoder) string {
	for range 2 {
		t, err := d.Token()
		if err != nil {
			return ""
		}
		if t == json.Delim('{') {
			break
		}
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			break
		}
		switch key {
		case "targets", "randoms", "host", "target_id":
			return FormatDDoSia
		case "Event", "response", "Attribute", "Object", "event_creator_email":
			return FormatMISP
		case "spec_version", "objects":
			return FormatSTIX
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			break
		}
		if key == "type" && string(value) == `"bundle"` {
			return FormatSTIX
		}
	}
	return ""
}

// takeOther takes a file that is no list of the DDoSia tool.
func (m *importing) takeOther(ctx context.Context, f *pile.File, format string) error {
	switch format {
	case FormatMISP:
		return m.takeMISP(ctx, f)
	case FormatSTIX:
		return m.takeSTIX(ctx, f)
	default:
		return m.takePrefixes(ctx, f)
	}
}

// takeMISP takes what events order, each at its own time, and hands on what they claim.
func (m *importing) takeMISP(ctx context.Context, f *pile.File) error {
	now := m.desk.Now()
	file, err := misp.Parse(bytes.NewReader(f.Data), now, misp.Limits{})
	if err != nil {
		return err
	}
	skip(m, file.Skipped)
	claims := false
	for i := range file.Events {
		e := &file.Events[i]
		claims = claims || len(e.Claims) > 0
		if len(e.Seen) > 0 {
			m.out.Skipped["attacks_seen"] += len(e.Seen)
		}
		if len(e.Orders) == 0 {
			continue
		}
		if m.tooStrict(e.TLP) {
			m.out.Skipped["stricter_label"] += len(e.Orders)
			continue
		}
		if m.feed == DefaultFeed || m.of.Format == FormatDDoSia {
			return errMixed
		}
		at := e.Time
		if at.IsZero() {
			if at = m.timeOfOther(f); at.IsZero() {
				return errNoTime
			}
		}
		hash := sha256.New()
		hash.Write(f.Data)
		hash.Write([]byte(e.UUID))
		if err := m.takeOrders(e.Orders, store.OrderList{Feed: m.feed, At: at, Hash: hex.EncodeToString(hash.Sum(nil)), Place: f.Name()}); err != nil {
			return err
		}
	}
	if claims {
		if err := m.claim(ctx, f, FormatMISP); err != nil {
			return err
		}
	}
	m.note(f)
	return nil
}

// takeOrders digests the orders of one list.
func (m *importing) takeOrders(entries []ddosia.Entry, l store.OrderList) error {
	digest, err := m.digester.Digest(intel.DDoSiaOrders(&ddosia.List{Entries: entries}))
	if err != nil {
		return err
	}
	if m.sightings += len(digest.Sightings); m.sightings > maxSightings {
		return errMany
	}
	m.out.Cut += digest.Cut
	m.last, m.ordered = later(m.last, l.At), FormatMISP
	l.Hosts = len(digest.Sightings)
	return m.add(l, digest.Sightings)
}

// takeSTIX hands on what a bundle claims.
func (m *importing) takeSTIX(ctx context.Context, f *pile.File) error {
	b, err := stix.Parse(bytes.NewReader(f.Data), m.desk.Now(), stix.Limits{})
	if err != nil {
		return err
	}
	skip(m, b.Skipped)
	if len(b.Claims) > 0 {
		if err := m.claim(ctx, f, FormatSTIX); err != nil {
			return err
		}
	}
	m.note(f)
	return nil
}

// errNoDesk is told where a file claims something and nothing here takes claims in.
var errNoDesk = errors.New("it claims something: \"seawall claim add\" takes that in")

// claim hands on what a file claims, as far as the feed may bring claims today.
func (m *importing) claim(ctx context.Context, f *pile.File, format string) error {
	if m.desk.Claim == nil {
		return errNoDesk
	}
	if today := m.desk.Now().UTC().Truncate(24 * time.Hour); !today.Equal(m.of.ClaimsDay) {
		m.of.ClaimsDay, m.of.ClaimsNew = today, 0
	}
	c, err := m.desk.Claim(ctx, Claiming{Raw: f.Data, Format: format, Feed: m.feed, TLP: m.tlp, Room: maxDayClaims - m.of.ClaimsNew})
	m.of.ClaimsNew += c.New
	m.out.Claims += c.Claims
	m.out.NewClaims += c.New
	skip(m, c.Skipped)
	return err
}

// note counts a file that comes again. Only orders are kept as lists: when a feed last ordered something, and when before that, is evidence, which
// what it says of other things must not move.
func (m *importing) note(f *pile.File) {
	hash := sha256.Sum256(f.Data)
	name := hex.EncodeToString(hash[:])
	if m.seen[name] {
		m.out.Repeats++
	}
	m.seen[name] = true
}

// errMixed is why orders of an event are not taken: lists of one tool and of everybody are not one feed.
var errMixed = errors.New("its feed gives lists of another format: name another feed")

// tooStrict reports whether an event has a stricter label than its feed, under which its orders would be kept. Without a label a feed has the usual one.
func (m *importing) tooStrict(label string) bool {
	own, labelled := tlp.Parse(label)
	feed, _ := tlp.Parse(m.tlp)
	return labelled && own.Stricter(feed) != feed
}

// timeOfOther returns when a file was fetched, as far as that is known; the zero time when it is not.
func (m *importing) timeOfOther(f *pile.File) time.Time {
	if !m.at.IsZero() {
		return m.at
	}
	at := ddosia.Named(f.Name())
	if at.After(m.desk.Now().Add(ahead)) {
		return time.Time{}
	}
	return at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// skip counts what could not be read, by reason.
func skip[R ~string](m *importing, reasons map[R]int) {
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		m.out.Skipped[string(why)] += reasons[why]
	}
}
