package claims

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/whole"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/misp"
	"github.com/seawall-project/seawall/internal/report/page"
	"github.com/seawall-project/seawall/internal/report/stix"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
)

// Exporting asks for what is known, in somebody's format, in a file.
type Exporting struct {
	Of     string `json:"of"`     // a claim or a host; "" for every verdict that is kept; for [Report] the number of an incident
	Format string `json:"format"` // "misp", "stix", "csv", "html", "bundle"; for [Report] "text", "html", "json"
	To     string `json:"to"`     // the route, see [tlp.Route]
	Owner  string `json:"owner,omitempty"`
	Maker  string `json:"maker,omitempty"` // in whose name, an organisation; "" for the desk's
	TLP    string `json:"tlp,omitempty"`   // "" is TLP:AMBER+STRICT
	Early  string `json:"early,omitempty"`
	Danish bool   `json:"danish,omitempty"`
	Path   string `json:"path"` // absolute; what is there is replaced
}

// Exported is what came of it.
type Exported struct {
	Path       string          `json:"path"`
	Format     string          `json:"format"`
	To         string          `json:"to"`
	Statements int             `json:"statements"`
	Withheld   []WithheldShown `json:"withheld"`
	Head       string          `json:"head"`                // of the ledger, as it went out
	HeadPath   string          `json:"head_path,omitempty"` // the file beside it that holds the head, where the format has no place for one
	Entry      uint64          `json:"entry"`
}

// WithheldShown is a statement that does not leave, and why.
type WithheldShown struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// withheldShown says why, and where labels of what others gave are said.
func withheldShown(w report.Withheld) WithheldShown {
	why := w.Why.Error()
	if r, ok := errors.AsType[*tlp.Refusal](w.Why); ok && r.Why == tlp.TheirsStrict {
		why += "; what nobody labelled is TLP:AMBER+STRICT: \"seawall intel feeds\" shows labels of feeds, \"seawall intel import --feed NAME --tlp\" says them"
	}
	return WithheldShown{w.ID, why}
}

// sealedExport is what the ledger keeps of an export.
type sealedExport struct {
	Of         string   `json:"of"`
	Format     string   `json:"format"`
	To         string   `json:"to"`
	TLP        string   `json:"tlp"`
	Statements []string `json:"statements"` // with their versions
	Early      string   `json:"early,omitempty"`
	Hashes     []string `json:"sha256,omitempty"`  // of a report of an incident: what it rests on
	Instead    uint64   `json:"instead,omitempty"` // the entry before, which named a target that was erased
}

// maxReason bounds a reason, in bytes.
const maxReason = 500

// The formats.
var formats = []string{"misp", "stix", "csv", "html", "bundle"}

func (d *Desk) export(ctx context.Context, in Exporting) (Exported, error) {
	out := Exported{Path: in.Path, Format: in.Format, To: in.To, Withheld: []WithheldShown{}}
	way, label, err := in.check(formats)
	if err != nil {
		return out, err
	}
	versions, err := d.versions(ctx, in.Of)
	if err != nil {
		return out, err
	}
	all, err := d.statements(ctx, versions, label, in.maker(d))
	if err != nil {
		return out, err
	}
	head, err := d.nowHead(ctx)
	if err != nil {
		return out, err
	}
	release, withheld, err := report.For(way, d.Now(), all)
	if err != nil {
		return out, desk.Refuse("%v", err)
	}
	for _, w := range withheld {
		out.Withheld = append(out.Withheld, withheldShown(w))
	}
	out.Statements = release.Counts().Total
	if out.Statements == 0 {
		return out, refuseAll(out.Withheld)
	}
	// What leaves, and why so early, is in the ledger before it does; the head that goes with it vouches for that.
	note := sealedExport{Of: in.Of, Format: in.Format, To: in.To, TLP: label.String(), Statements: []string{}, Early: in.Early}
	gone := left(all, withheld)
	for _, s := range gone {
		note.Statements = append(note.Statements, fmt.Sprintf("%s version %d", s.ID, s.Version))
	}
	out.Entry, err = d.record(ctx, func(w *writer) error {
		w.addJSON(kindExport, note)
		head = w.giveHead("export")
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Head = head.String()
	way.Head = headOut(&head)
	raw, err := d.encode(ctx, in, way, all, gone, &head)
	if err != nil {
		return out, err
	}
	if in.headless(way.Route) {
		out.HeadPath = in.Path + headSuffix
		if err := writeHead(out.HeadPath, way.Head); err != nil {
			return out, err
		}
	}
	return out, refusedBy(whole.Write(in.Path, raw))
}

// maker returns in whose name it goes out. Somebody else's name has no contact of ours.
func (in *Exporting) maker(d *Desk) report.Party {
	if name := strings.TrimSpace(in.Maker); name != "" && name != d.maker().Name {
		return report.Party{ID: name, Name: name}
	}
	return d.maker()
}

// check reads what somebody asks for, in one of some formats.
func (in *Exporting) check(formats []string) (report.Way, tlp.Label, error) {
	var way report.Way
	if !slices.Contains(formats, in.Format) {
		return way, 0, desk.Refuse("a format is one of %s, not %.40q", strings.Join(formats, ", "), in.Format)
	}
	route, ok := tlp.ParseRoute(in.To)
	if !ok {
		return way, 0, desk.Refuse("it goes to the house, owner, authority, community or public, not to %.40q", in.To)
	}
	if in.Format == "bundle" && route > tlp.Authority {
		return way, 0, desk.Refuse("a bundle holds the evidence in full: it goes to the owner or an authority, not to the %s", route)
	}
	label := tlp.AmberStrict
	if in.TLP != "" {
		if label, ok = tlp.Parse(in.TLP); !ok {
			return way, 0, desk.Refuse("%.40q is no label such as TLP:GREEN", in.TLP)
		}
	}
	if len(in.Maker) > maxReason {
		return way, 0, desk.Refuse("the name of an organisation has at most %d bytes", maxReason)
	}
	in.Early = strings.TrimSpace(in.Early)
	if len(in.Early) > maxReason {
		return way, 0, desk.Refuse("a reason has at most %d bytes", maxReason)
	}
	if !filepath.IsAbs(in.Path) {
		return way, 0, desk.Refuse("%s is no absolute path", in.Path)
	}
	if route == tlp.Owner && in.Owner == "" {
		return way, 0, desk.Refuse("say which owner it goes to")
	}
	return report.Way{Route: route, Owner: in.Owner, Early: in.Early}, label, nil
}

// versions returns all versions of the verdicts that somebody means.
func (d *Desk) versions(ctx context.Context, of string) ([]store.KeptVerdict, error) {
	var all []store.KeptVerdict
	var err error
	switch {
	case of == "":
		all, err = d.Store.Verdicts(ctx, "", "", "")
	case isClaim(of):
		var c store.KeptClaim
		if c, err = d.claim(ctx, of); err == nil {
			all, err = d.Store.Verdicts(ctx, "", c.ID, "")
		}
	default:
		var who *roster
		if who, err = d.roster(ctx); err == nil {
			all, err = d.verdictsOn(ctx, who.names(asciiOf(hostOf(of))))
		}
	}
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(v store.KeptVerdict) bool { return v.Target == "" }) // erased
	if len(all) == 0 {
		return nil, desk.Refuse("there is no verdict yet: \"seawall claim verdict\" makes one")
	}
	return all, nil
}

// verdictsOn returns all versions of the verdicts on a host, by all of its names.
func (d *Desk) verdictsOn(ctx context.Context, names []string) (all []store.KeptVerdict, err error) {
	for _, name := range names {
		some, err := d.Store.Verdicts(ctx, "", "", name)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// refuseAll says why nothing leaves.
func refuseAll(all []WithheldShown) error {
	if len(all) == 0 {
		return desk.Refuse("there is nothing to export")
	}
	return desk.Refuse("nothing leaves: %s: %s", all[0].ID, all[0].Why)
}

// left returns the statements that leave.
func left(all []report.Statement, withheld []report.Withheld) []report.Statement {
	return slices.DeleteFunc(slices.Clone(all), func(s report.Statement) bool {
		return slices.ContainsFunc(withheld, func(w report.Withheld) bool { return w.ID == s.ID })
	})
}

// encode writes what leaves.
func (d *Desk) encode(ctx context.Context, in Exporting, way report.Way, all, gone []report.Statement, head *ledger.Head) ([]byte, error) {
	if in.Format == "bundle" {
		return d.bundle(ctx, in.Of, gone, head)
	}
	release, _, err := report.For(way, d.Now(), all)
	if err != nil {
		return nil, err
	}
	language := seawall.English
	if in.Danish {
		language = seawall.Danish
	}
	switch public := way.Route == tlp.Public; {
	case in.Format == "html" && public:
		return page.Aggregate(&release, language, time.UTC)
	case in.Format == "html":
		return page.HTML(&release, language, time.UTC)
	case in.Format == "csv":
		return page.CSV(&release)
	case in.Format == "misp":
		return misp.Encode(&release)
	}
	return stix.Encode(&release)
}

// headSuffix is what the name of an export ends in to be that of the head beside it.
const headSuffix = ".head.json"

// headless reports whether what is written has no place for the head: in public these formats have no statement that it could stand in.
func (in *Exporting) headless(route tlp.Route) bool {
	return route == tlp.Public && slices.Contains([]string{"misp", "stix", "csv"}, in.Format)
}

// headOut returns a head as statements carry it; nil for none.
func headOut(h *ledger.Head) *report.Head {
	if h.IsZero() {
		return nil
	}
	line := h.String()
	return &report.Head{
		Number: h.Number, At: h.At, Hash: h.Hash.String(), Key: h.Key.String(), Signature: line[strings.LastIndexByte(line, ' ')+1:], Line: line,
	}
}

// headFile is a head in a file of its own: the line, and what it is made of.
type headFile struct {
	Number    uint64 `json:"number"`
	Time      string `json:"time"` // as it is signed
	SHA256    string `json:"sha256"`
	Key       string `json:"key"`
	Signature string `json:"signature"`
	Line      string `json:"line"`
}

func writeHead(path string, h *report.Head) error {
	raw, err := json.Marshal(headFile{h.Number, strings.Fields(h.Line)[2], h.Hash, h.Key, h.Signature, h.Line})
	if err != nil {
		return err
	}
	return refusedBy(whole.Write(path, append(raw, '\n')))
}

// nowHead returns the head as it is, without giving it away.
func (d *Desk) nowHead(ctx context.Context) (ledger.Head, error) {
	last, err := d.Store.LastEntry(ctx)
	if err != nil {
		return ledger.Head{}, err
	}
	key, err := d.key(ctx)
	if err != nil {
		return ledger.Head{}, err
	}
	return ledger.HeadOf(key, &last, d.Now()), nil
}

// refusedBy says what keeps a file from being written where somebody wants it.
func refusedBy(err error) error {
	if err == nil {
		return nil
	}
	return desk.Refuse("%v", err)
}
