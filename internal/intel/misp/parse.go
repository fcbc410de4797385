package misp

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

const (
	maxNames   = 64
	maxSources = 10_000
	maxHosts   = 1_000 // of one object
)

type parser struct {
	limits  Limits
	now     time.Time
	file    *File
	seen    map[string]bool // UUIDs
	objects int
	orders  int
}

func (p *parser) skip(why Reason) { p.file.Skipped[why]++ }

// before reports whether a UUID was there before, and counts it.
func (p *parser) before(kind, uuid string) bool {
	key := kind + strings.ToLower(uuid)
	if uuid == "" || !p.seen[key] {
		p.seen[key] = uuid != ""
		return false
	}
	p.skip(Duplicate)
	return true
}

func (p *parser) event(data json.RawMessage) {
	var wrapped struct{ Event json.RawMessage }
	if !isEvent(data) {
		p.skip(NotEvent)
		return
	}
	if json.Unmarshal(data, &wrapped) == nil && wrapped.Event != nil {
		data = wrapped.Event
	}
	var raw rawEvent
	switch {
	case json.Unmarshal(data, &raw) != nil:
		p.skip(NotEvent)
		return
	case p.before("e", string(raw.UUID)):
		return
	case len(p.file.Events) == p.limits.Events:
		p.skip(TooMany)
		return
	}
	e := Event{UUID: string(raw.UUID), Info: string(raw.Info), Source: string(raw.Orgc.Name), Time: p.time(string(raw.Timestamp), string(raw.Date))}
	e.TLP, e.Grade = p.tags(names(raw.Tag))
	for i := range raw.Object {
		p.object(&e, &raw.Object[i])
	}
	p.file.Events = append(p.file.Events, e)
}

// time returns the first of what is a time and not in the future.
func (p *parser) time(all ...string) time.Time {
	for _, s := range all {
		if s == "" {
			continue
		}
		t, ok := moment(s)
		switch {
		case !ok:
			p.skip(BadTime)
		case t.After(p.now):
			p.skip(Future)
		default:
			return t
		}
	}
	return time.Time{}
}

func (p *parser) object(e *Event, o *rawObject) {
	switch {
	case bool(o.Deleted):
		p.skip(Deleted)
		return
	case p.before("o", string(o.UUID)):
		return
	case p.objects == p.limits.Objects:
		p.skip(TooMany)
		return
	}
	p.objects++
	switch o.Name {
	case "ddos-config":
		p.order(e, o)
	case "ddos-claim":
		p.claim(e, o)
	case "ddos":
		p.attack(e, o)
	default:
		p.unknown(string(o.Name))
	}
}

func (p *parser) unknown(name string) {
	if _, ok := p.file.Unknown[name]; !ok && (len(p.file.Unknown) == maxNames || len(name) > 64) {
		p.skip(ManyNames)
		return
	}
	p.file.Unknown[name]++
}

// order makes an entry of each path; an object may list several, and several hosts.
func (p *parser) order(e *Event, o *rawObject) {
	hosts := p.hosts(o.values("host"))
	if len(hosts) == 0 {
		p.noHost(o.values("host"))
		return
	}
	base := ddosia.Entry{
		TargetID: o.value("target-id"), RequestID: o.value("request-id"), HostRaw: strings.Join(o.values("host"), ","), Hosts: hosts,
		TypeRaw: o.value("type"), Type: typeOf(o.value("type")), Method: o.value("method"), Port: p.port(o.value("port")),
		UseTLS: isTrue(o.value("use-ssl")), Body: ddosia.Body{Value: o.value("body")}, Headers: headers(o.values("headers")),
	}
	if ips := p.addresses(o.values("ip")); len(ips) > 0 {
		base.IP = ips[0]
	}
	paths := o.values("path")
	if len(paths) == 0 {
		paths = []string{""}
	}
	for _, path := range paths {
		if p.orders == p.limits.Orders {
			p.skip(TooMany)
			continue
		}
		p.orders++
		one := base
		one.Path = path
		e.Orders = append(e.Orders, one)
	}
}

func (p *parser) claim(e *Event, o *rawObject) {
	c := Claim{
		UUID: string(o.UUID), Target: o.value("target"), Proof: o.values("proof"), Links: o.values("reference"), Validity: "Unknown",
		Time: p.time(string(o.FirstSeen), string(o.Timestamp)),
	}
	c.Hosts = p.hosts([]string{refang(c.Target)})
	if len(c.Hosts) == 0 && len(c.Proof) == 0 && len(c.Links) == 0 {
		p.noHost([]string{c.Target})
		return
	}
	for _, v := range []string{"Valid", "Invalid"} {
		if strings.EqualFold(strings.TrimSpace(o.value("claim-validity")), v) {
			c.Validity = v
		}
	}
	c.TLP, c.Grade = p.tags(o.tags())
	if c.TLP == "" {
		c.TLP = e.TLP
	}
	if c.Reliability == "" {
		c.Reliability = e.Reliability
	}
	if c.Credibility == "" {
		c.Credibility = e.Credibility
	}
	e.Claims = append(e.Claims, c)
}

func (p *parser) attack(e *Event, o *rawObject) {
	a := Attack{
		UUID: string(o.UUID), Hosts: p.hosts(o.values("domain-dst")), Addresses: p.addresses(o.values("ip-dst")), Sources: p.addresses(o.values("ip-src")),
		First: p.time(o.value("first-seen"), string(o.FirstSeen)), Last: p.time(o.value("last-seen"), string(o.LastSeen)),
		Types: o.values("type"), Origin: o.value("capture-origin"),
	}
	if len(a.Hosts)+len(a.Addresses) == 0 {
		p.noHost(o.values("domain-dst"))
		return
	}
	e.Seen = append(e.Seen, a)
}

func (p *parser) noHost(listed []string) {
	if strings.TrimSpace(strings.Join(listed, "")) == "" {
		p.skip(NoHost)
		return
	}
	p.skip(BadHost)
}

// hosts returns the names in values, each once.
func (p *parser) hosts(values []string) []string {
	var all []string
	for _, v := range values {
		for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) }) {
			host, ok := ddosia.NormalHost(part)
			if !ok || slices.Contains(all, host) {
				continue
			}
			if len(all) == maxHosts {
				p.skip(TooMany)
				return all
			}
			all = append(all, host)
		}
	}
	return all
}

func (p *parser) addresses(values []string) []netip.Addr {
	var all []netip.Addr
	for _, v := range values {
		addr, err := netip.ParseAddr(strings.TrimSpace(v))
		switch {
		case err != nil:
			p.skip(BadValue)
		case len(all) == maxSources:
			p.skip(TooMany)
			return all
		default:
			all = append(all, addr.Unmap().WithZone(""))
		}
	}
	return all
}

func (p *parser) port(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 16)
	if err != nil {
		p.skip(BadValue)
	}
	return int(n)
}

func typeOf(s string) ddosia.Type {
	for _, t := range ddosia.Types() {
		if t != ddosia.Other && strings.EqualFold(t.String(), strings.TrimSpace(s)) {
			return t
		}
	}
	return ddosia.Other
}

func isTrue(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1", "yes":
		return true
	}
	return false
}

// headers reads lines "Name: value"; others are left out.
func headers(values []string) []ddosia.Header {
	var all []ddosia.Header
	for _, v := range values {
		for line := range strings.Lines(v) {
			name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
			if name = strings.TrimSpace(name); ok && name != "" && !strings.ContainsAny(name, " {[\"") && len(all) < ddosia.MaxHeaders {
				all = append(all, ddosia.Header{Name: name, Value: strings.TrimSpace(value)})
			}
		}
	}
	return all
}

// refang undoes what keeps people from following a link by mistake.
func refang(s string) string {
	return strings.NewReplacer("[.]", ".", "(.)", ".", "[dot]", ".", "[://]", "://", "hxxp", "http", "[:]", ":").Replace(s)
}
