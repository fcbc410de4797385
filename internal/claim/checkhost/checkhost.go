// Package checkhost reads what check-host.net gives as JSON of its checks, node by node: the answers to /check-http, /check-result and
// /check-result-extended, alone or put together in one object. It fetches nothing.
//
// Such a report is the usual proof of an attack, and it is weak: it goes red for every filter that stops foreign or automatic clients. So each node is
// kept with its country and with how it fared: served, refused by a filter, or not served.
package checkhost

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxBytes and MaxNodes bound a report.
const (
	MaxBytes = 4 << 20
	MaxNodes = 1000
)

// Errors of [Parse].
var (
	ErrTooLarge = errors.New("more than a report of check-host holds")
	ErrNoReport = errors.New("no report of check-host")
)

// Fate is how a node fared. The zero value is [Pending].
type Fate uint8

// The fates.
const (
	Pending Fate = iota // no answer yet
	Served
	Refused // 401, 403, 429 or 451: what filters say
	Failed  // anything else, a time-out or a 5xx
)

// Node is one place of the service and what it found.
type Node struct {
	Name    string
	Country string // ISO 3166-1 alpha-2 in upper case, empty when unknown
	Fate    Fate
	Status  int    // of HTTP, 0 without
	Message string // at most 100 bytes
}

// Report is what was read.
type Report struct {
	Link  string    // the permanent link, empty when it is not there
	Host  string    // as the service names it, empty when it is not there
	At    time.Time // when it was made, zero when it does not say
	Nodes []Node    // in no order
}

// wrapper is the object around results, in any of its forms.
type wrapper struct {
	Link    string                     `json:"permanent_link"`
	Host    string                     `json:"host"`
	Created json.RawMessage            `json:"created"`
	Nodes   map[string]json.RawMessage `json:"nodes"`
	Results map[string]json.RawMessage `json:"results"`
	Result  map[string]json.RawMessage `json:"result"`
}

// Parse reads a report. Nodes whose answer cannot be read are kept as pending. It returns [ErrTooLarge] or [ErrNoReport], wrapped.
func Parse(data []byte) (Report, error) {
	if len(data) > MaxBytes {
		return Report{}, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(data), MaxBytes)
	}
	var w wrapper
	if err := json.Unmarshal(data, &w); err != nil {
		return Report{}, fmt.Errorf("%w: not JSON, or of another shape", ErrNoReport)
	}
	results := w.Results
	if results == nil {
		results = w.Result
	}
	if results == nil {
		results = bare(data)
	}
	if len(results) == 0 {
		return Report{}, fmt.Errorf("%w: no node in it", ErrNoReport)
	}
	if len(results) > MaxNodes {
		return Report{}, fmt.Errorf("%w: %d nodes, at most %d", ErrTooLarge, len(results), MaxNodes)
	}
	out := Report{Link: cut(w.Link), Host: cut(w.Host), At: created(w.Created)}
	for name, raw := range results {
		n := Node{Name: cut(name), Country: country(name, w.Nodes[name])}
		n.read(raw)
		out.Nodes = append(out.Nodes, n)
	}
	return out, nil
}

// bare returns the results of /check-result, which stand in no object of their own.
func bare(data []byte) map[string]json.RawMessage {
	var all map[string]json.RawMessage
	if json.Unmarshal(data, &all) != nil {
		return nil
	}
	for name := range all {
		if !strings.Contains(name, ".") { // nodes are called us1.node.check-host.net
			delete(all, name)
		}
	}
	return all
}

// country returns where a node stands: as the list of nodes says, else as its name does.
func country(name string, raw json.RawMessage) string {
	var place []any
	if json.Unmarshal(raw, &place) == nil && len(place) > 0 {
		if cc, ok := place[0].(string); ok && len(cc) == 2 {
			return fix(cc)
		}
	}
	head, _, _ := strings.Cut(name, ".")
	cc := strings.TrimRight(head, "0123456789")
	if len(cc) == 2 {
		return fix(cc)
	}
	return ""
}

// fix returns a country as ISO 3166-1 has it.
func fix(cc string) string {
	cc = strings.ToUpper(cc)
	for _, c := range cc {
		if c < 'A' || c > 'Z' {
			return ""
		}
	}
	if cc == "UK" {
		return "GB"
	}
	return cc
}

// read takes in what a node says: null while it is asked; of HTTP [[1|0, seconds, message, status|null, address|null]]; of TCP [{address,time}] or
// [{error}]; of ping [[["OK", seconds, address], …]].
func (n *Node) read(raw json.RawMessage) {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil || len(all) == 0 {
		return
	}
	var tcp map[string]any
	if json.Unmarshal(all[0], &tcp) == nil && tcp != nil {
		n.tcp(tcp)
		return
	}
	var fields []any
	if json.Unmarshal(all[0], &fields) != nil || len(fields) == 0 {
		return
	}
	switch fields[0].(type) {
	case float64:
		n.http(fields)
	case []any:
		n.ping(fields)
	}
}

func (n *Node) http(fields []any) {
	if len(fields) > 2 {
		if m, ok := fields[2].(string); ok {
			n.Message = cut(m)
		}
	}
	if len(fields) > 3 {
		switch code := fields[3].(type) {
		case string:
			if c, err := strconv.Atoi(code); err == nil && c >= 100 && c < 1000 {
				n.Status = c
			}
		case float64:
			if code >= 100 && code < 1000 {
				n.Status = int(code)
			}
		}
	}
	good, _ := fields[0].(float64)
	switch {
	case n.Status == 401 || n.Status == 403 || n.Status == 429 || n.Status == 451:
		n.Fate = Refused
	case good == 1 && n.Status < 400:
		n.Fate = Served
	default:
		n.Fate = Failed
	}
}

func (n *Node) tcp(fields map[string]any) {
	if e, ok := fields["error"].(string); ok {
		n.Fate, n.Message = Failed, cut(e)
		return
	}
	if _, ok := fields["time"]; ok {
		n.Fate = Served
	}
}

func (n *Node) ping(tries []any) {
	n.Fate = Failed
	for _, t := range tries {
		if one, ok := t.([]any); ok && len(one) > 0 && one[0] == "OK" {
			n.Fate = Served
		}
	}
}

// created reads a time as Unix seconds or RFC 3339; zero when it is neither.
func created(raw json.RawMessage) time.Time {
	var s float64
	if json.Unmarshal(raw, &s) == nil && s > 0 && s < 1e11 {
		return time.Unix(int64(s), 0).UTC()
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if t, err := time.Parse(time.RFC3339, text); err == nil && t.Year() >= 1970 && t.Year() <= 9000 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// cut keeps the beginning of foreign text.
func cut(s string) string {
	const most = 100
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "")
}
