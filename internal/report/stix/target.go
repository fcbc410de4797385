package stix

import (
	"encoding/json"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

// observables is the name space of the identifiers of cyber-observable objects (STIX 2.1, section 2.9): everybody gives the same name the same one.
var observables = uuid.MustParse("00abedb4-aa42-466c-9c01-fed23315a9b7")

// epoch is when objects were made that have no time of their own. Their identifiers are of all that they hold, so that they never change.
var epoch = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)

// target adds the name or address that was claimed, unmarked: that it exists is no secret.
func (b *bundle) target(host string) string {
	kind := "domain-name"
	if addr, err := netip.ParseAddr(host); err == nil {
		kind = "ipv4-addr"
		if addr.Is6() {
			kind = "ipv6-addr"
		}
	}
	value, _ := json.Marshal(map[string]string{"value": host}) // plain ASCII, and so in the canonical form of RFC 8785
	id := kind + "--" + uuid.NewSHA1(observables, value).String()
	return b.put(object{"type": kind, "spec_version": "2.1", "id": id, "value": host})
}

// marking adds the definition of a label as TLP 2.0 is published for STIX, and returns its identifier.
func (b *bundle) marking(l tlp.Label) string {
	return b.put(object{
		"type": "marking-definition", "spec_version": "2.1", "id": "marking-definition--" + markings[l], "created": "2022-10-01T00:00:00.000Z",
		"name": l.String(),
		"extensions": object{
			"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": object{"extension_type": "property-extension", "tlp_2_0": l.Level()},
		},
	})
}

// markings are the identifiers that OASIS gave the labels of TLP 2.0.
var markings = map[tlp.Label]string{
	tlp.Clear:       "94868c89-83c2-464b-929b-a1a8aa3c8487",
	tlp.Green:       "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	tlp.Amber:       "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	tlp.AmberStrict: "939a9414-2ddd-4d32-a0cd-375ea402b003",
	tlp.Red:         "e828b379-4e03-4974-9ac4-e53a884c97c1",
}

// party adds an organisation; "" when it has no name.
func (b *bundle) party(p report.Party) string {
	if p.Name == "" {
		return ""
	}
	parts := append([]string{"stix", "identity", p.Name, p.Country, p.Contact}, p.Sectors...)
	o := common("identity", report.UUID(parts...), "", epoch, epoch, nil)
	o["name"], o["identity_class"], o["sectors"], o["contact_information"] = p.Name, "organization", p.Sectors, p.Contact
	if p.Country != "" {
		o["description"] = "Country: " + p.Country
	}
	return b.put(o)
}

// actor adds whoever says that it was them, by the group's name alone; "" when nobody is named.
func (b *bundle) actor(name string) string {
	if name == "" {
		return ""
	}
	o := common("intrusion-set", report.UUID("stix", "intrusion-set", name), "", epoch, epoch, nil)
	o["name"] = name
	o["description"] = "Named in a claim. That a claim names it does not say that it did anything."
	return b.put(o)
}
