// Package page writes statements for people: as CSV for a spreadsheet, and as an HTML page in English or Danish that needs no script, prints, and
// loads nothing. The page of named sites is for their owner or an authority; in public there is [Aggregate], which has counts alone.
//
// Links are shown so that they cannot be followed by mistake, a claim's words are not shown at all, and every page says that an attempt is not an
// effect. Functions are pure; the same release gives the same bytes.
package page

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/report"
)

// columns of the CSV, in order. New ones come at the end.
var columns = []string{
	"id", "version", "made", "tlp", "maker", "owner", "host", "claimant", "claim_kind", "claim_posted", "claim_precision", "claim_grade",
	"verdict", "confidence", "coverage", "networks", "window_from", "window_to", "bad_minutes_min", "bad_minutes_max", "longest_minutes",
	"claim_validity", "for", "against", "findings", "links", "ledger_head", "ledger_line",
}

// CSV returns the release as CSV (RFC 4180), a row for each statement, with a row of names first. What a spreadsheet could take for a formula has an
// apostrophe in front. The signed head of the ledger stands in every row; without rows there is no place for it.
func CSV(r *report.Release) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{columns}
	for i := range r.Statements() {
		rows = append(rows, row(&r.Statements()[i], r.Head()))
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func row(s *report.Statement, head *report.Head) []string {
	q := &s.Claim
	if head == nil {
		head = &report.Head{}
	}
	cells := []string{
		s.ID, strconv.Itoa(s.Version), stamp(s.Made), s.Strictest().String(), s.Maker.Name, s.Owner.Name, s.Host, q.Claimant, q.Kind, stamp(q.Posted), q.Precision,
		strings.ToUpper(q.Reliability) + q.Credibility, string(s.Verdict), string(s.Confidence), strconv.FormatFloat(s.Coverage, 'f', 3, 64),
		strconv.Itoa(s.Networks), stamp(s.Window.From), stamp(s.Window.To), minutes(s.Bad.Min), minutes(s.Bad.Max), minutes(s.Longest),
		string(s.Validity()), strings.Join(s.For, " "), strings.Join(s.Against, " "), strings.Join(s.Findings, " "), strings.Join(Defang(q.Links...), " "), head.Hash, head.Line,
	}
	for i := range cells {
		cells[i] = harmless(cells[i])
	}
	return cells
}

// harmless returns a cell that no spreadsheet takes for a formula, and that is one line.
func harmless(cell string) string {
	cell = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, cell)
	if first := strings.TrimLeft(cell, " \u00a0"); first != "" && strings.ContainsAny(first[:1], "=+-@|%") || strings.HasPrefix(first, "\uff1d") {
		return "'" + cell
	}
	return cell
}

// Defang returns links that nothing follows: "hxxps", and the dots of the host in brackets.
func Defang(links ...string) []string {
	var all []string
	for _, link := range links {
		scheme, rest, found := strings.Cut(link, "://")
		if !found {
			scheme, rest = "", link
		}
		host, path := rest, ""
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			host, path = rest[:i], rest[i:]
		}
		host = strings.NewReplacer(".", "[.]", ":", "[:]").Replace(host)
		if found {
			host = strings.Replace(strings.ToLower(scheme), "tt", "xx", 1) + "[://]" + host
		}
		all = append(all, host+path)
	}
	return all
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func minutes(d time.Duration) string { return strconv.FormatFloat(d.Minutes(), 'f', 1, 64) }
