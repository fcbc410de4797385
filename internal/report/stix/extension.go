package stix

import (
	"github.com/seawall-project/seawall/internal/report"
)

// extensionID names the extension of opinions. It never changes while the fields mean the same.
const extensionID = "extension-definition--b51d8b6e-4c1d-5f0e-9d39-0e7a8f1c6a52"

// definition adds the definition of the extension (STIX 2.1, section 7.3), which needs somebody who made it.
func (b *bundle) definition() {
	by := b.party(report.Party{Name: "Seawall project"})
	o := common("extension-definition", "", by, epoch, epoch, nil)
	o["id"] = extensionID
	o["name"] = "Measured verdict on a claim of denial of service"
	o["description"] = "What was measured of the effect, and apart from it what an edge or a provider saw of an attack."
	o["schema"] = "https://github.com/seawall-project/seawall/blob/main/docs/formats/exchange.md"
	o["version"], o["extension_types"] = "1.0.0", []string{"property-extension"}
	b.put(o)
}

// extension returns the whole of a verdict, and the head of the ledger. Lists that are empty and what is not known are left out.
func extension(s *report.Statement, head *report.Head) object {
	o := object{
		"extension_type": "property-extension", "statement_id": s.ID, "statement_version": s.Version,
		"verdict": string(s.Verdict), "claim_validity": string(s.Validity()), "confidence_word": string(s.Confidence),
		"coverage": s.Coverage, "rounds": s.Rounds, "networks": s.Networks,
		"window_from": stamp(s.Window.From), "window_to": stamp(s.Window.To),
		"bad_minutes_min": s.Bad.Min.Minutes(), "bad_minutes_max": s.Bad.Max.Minutes(), "longest_minutes": s.Longest.Minutes(),
	}
	for key, list := range map[string][]string{"speaks_for": s.For, "speaks_against": s.Against, "findings": s.Findings} {
		if len(list) > 0 {
			o[key] = list
		}
	}
	var activity []object
	for _, a := range s.Activity {
		activity = append(activity, object{"observer": string(a.By), "seen": a.Seen, "from": stamp(a.From), "until": stamp(a.To), "what": a.What})
	}
	if len(activity) > 0 {
		o["activity"] = activity
	}
	var evidence []object
	for _, e := range s.Evidence {
		evidence = append(evidence, object{"kind": e.Kind, "sha256": e.Hash})
	}
	if len(evidence) > 0 {
		o["evidence"] = evidence
	}
	if h := head; h != nil {
		o["ledger_head"] = object{"number": h.Number, "time": stamp(h.At), "sha256": h.Hash, "signature": h.Signature, "key": h.Key, "line": h.Line}
	}
	return o
}
