package page

import (
	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/report"
)

// wording is everything that pages say in one language. How likely and how sure never stand in one sentence.
type wording struct {
	Title, Attempt, Websites, Made, Point string

	Measured, What, Value, Owner, Claimant, Posted, Grade, Window, Bad, Longest, Coverage, Networks, OnePlace, Version, Maker string

	Activity, Seen, NotSeen, For, Against, Findings, Links, Evidence, Head string

	Counted, Number, Total, Affected, Standing, Unknown, Withheld string

	Verdicts, Explains map[report.Verdict]string
	Confidences        map[report.Confidence]string
	Validities         map[report.Validity]string
	Observers          map[report.Observer]string
	Codes              map[string]string
}

var wordings = map[seawall.Language]wording{seawall.English: english, seawall.Danish: danish}

var english = wording{
	Title:    "What was claimed, and what was measured",
	Attempt:  "An attempt is not an effect. A verdict says whether readers could reach a site, not whether somebody attacked it, and a claim proves neither.",
	Websites: "This is about websites, not about voting or counting votes.",
	Made:     "Made", Point: ".",

	Measured: "What was measured", What: "What", Value: "Value", Owner: "Owner of the site", Claimant: "Claimed by", Posted: "Claimed at",
	Grade: "Grade of the claim (Admiralty scale)", Window: "Looked at", Bad: "Not reachable, in all", Longest: "Not reachable, longest on end",
	Coverage: "Share of the time that was measured", Networks: "Measured from networks", OnePlace: "seen from one place", Version: "Version", Maker: "Said by",

	Activity: "Was there an attack?", Seen: "an attack was seen", NotSeen: "looked for an attack, and saw none",
	For: "What speaks for a connection with the claim", Against: "What speaks against a connection", Findings: "Findings",
	Links: "Offered as proof (links made harmless)", Evidence: "Evidence", Head: "Signed head of the ledger of evidence, to be kept",

	Counted: "Sites named in claims", Number: "Number", Total: "Judged", Affected: "Affected", Standing: "No effect seen, or protected", Unknown: "Not known",
	Withheld: "How many were affected is not shown: the numbers are so small that they would say which.",

	Verdicts: map[report.Verdict]string{
		report.Confirmed: "effect confirmed", report.BrieflyAffected: "briefly affected", report.Degraded: "degraded", report.Protected: "protected",
		report.NoEffect: "no effect observed", report.Unknown: "not known",
	},
	Explains: map[report.Verdict]string{
		report.Confirmed:       "The site could not be reached for at least 15 minutes in all, and at least five on end.",
		report.BrieflyAffected: "The site could not be reached, for less than 15 minutes in all.",
		report.Degraded:        "The site was slow or unsteady.",
		report.Protected:       "A protection answered some of those who asked; readers at home got the page.",
		report.NoEffect:        "The site was measured almost all of the time, and no effect was seen.",
		report.Unknown:         "Too little was measured to say.",
	},
	Confidences: map[report.Confidence]string{
		report.Low: "Confidence in the verdict is low.", report.Moderate: "Confidence in the verdict is moderate.", report.High: "Confidence in the verdict is high.",
	},
	Validities: map[report.Validity]string{
		report.Valid: "An attack was seen where the site's traffic passes.", report.Invalid: "The site's provider looked all the time, and saw no attack.",
		report.UnknownValidity: "Nobody who could see it has said so. Looking from outside cannot tell.",
	},
	Observers: map[report.Observer]string{report.Edge: "Seen at the site's edge", report.Provider: "Seen by the provider"},
	Codes: map[string]string{
		"feed_dark":                 "no list known to us: the feed was silent",
		"listed_not_claimed":        "on a list of targets, and not claimed",
		"claimed_not_listed":        "claimed, and on no list known to us",
		"outage_without_claim":      "an outage that nobody claimed",
		"outage_without_listing":    "an outage without a listing",
		"shared_provider_suspected": "others at the same provider failed, too",
		"disturbance_without_claim": "a disturbance that nobody claimed",
		"vantage_blind":             "a vantage could not measure",
		"geo_filter_abroad":         "refused abroad, served at home",
		"onset":                     "it began within ten minutes of the listing or the claim",
		"templates_seen":            "the site's own edge saw the listed requests",
		"several_hosts":             "others that are listed or claimed failed at the same time, and share nothing with it",
		"shared_provider":           "others that share its address, network or provider failed with it",
		"deploy":                    "something new was put there just then",
		"certificate":               "it is the certificate that fails",
		"flash_crowd":               "many ordinary readers came",
		"wider_outage":              "many sites that nobody named failed at the same time",
		"maintenance":               "maintenance was announced for that time",
		"flaky_baseline":            "it is often so at these hours",
		"began_before":              "it was failing before the window began",
		"geo_filter":                "readers at home were served, those abroad were not",
		"proof_disagrees":           "the proof is red, and the vantages were served",
		"vantages_disagree":         "the vantages disagreed in five rounds or more, or in one of ten",
		"no_vantage_at_home":        "nobody looked from the readers' own country",
		"not_seen_before":           "it was not watched before it failed",
		"sources_disagree":          "those who claim it name different times",
		"time_after_claiming":       "the time that is claimed lies after the claim",
	},
}

var danish = wording{
	Title: "Hvad der blev påstået, og hvad der blev målt",
	Attempt: "Et forsøg er ikke en virkning. En vurdering siger, om læserne kunne komme ind på et websted, ikke om nogen angreb det, og en påstand " +
		"beviser ingen af delene.",
	Websites: "Dette handler om websteder, ikke om valghandlingen eller optællingen af stemmer.",
	Made:     "Dannet", Point: ",",

	Measured: "Hvad der blev målt", What: "Hvad", Value: "Værdi", Owner: "Webstedets ejer", Claimant: "Påstået af", Posted: "Påstået den",
	Grade: "Påstandens karakter (Admiralty-skalaen)", Window: "Undersøgt tidsrum", Bad: "Utilgængelig i alt", Longest: "Utilgængelig, længst i træk",
	Coverage: "Andel af tiden, der blev målt", Networks: "Målt fra antal net", OnePlace: "set fra ét sted", Version: "Udgave", Maker: "Udtalt af",

	Activity: "Var der et angreb?", Seen: "et angreb blev set", NotSeen: "der blev ledt efter et angreb, og ingen set",
	For: "Hvad der taler for en sammenhæng med påstanden", Against: "Hvad der taler imod en sammenhæng", Findings: "Iagttagelser",
	Links: "Fremlagt som bevis (links gjort uskadelige)", Evidence: "Belæg", Head: "Bevisbogens underskrevne seneste post, gem denne linje",

	Counted: "Websteder nævnt i påstande", Number: "Antal", Total: "Vurderet", Affected: "Ramt", Standing: "Ingen virkning set, eller beskyttet", Unknown: "Ikke kendt",
	Withheld: "Det vises ikke, hvor mange der blev ramt: tallene er så små, at de ville røbe hvilke.",

	Verdicts: map[report.Verdict]string{
		report.Confirmed: "virkning bekræftet", report.BrieflyAffected: "kortvarigt ramt", report.Degraded: "forringet", report.Protected: "beskyttet",
		report.NoEffect: "ingen virkning iagttaget", report.Unknown: "ikke kendt",
	},
	Explains: map[report.Verdict]string{
		report.Confirmed:       "Webstedet var utilgængeligt i mindst 15 minutter i alt og mindst fem i træk.",
		report.BrieflyAffected: "Webstedet var utilgængeligt i mindre end 15 minutter i alt.",
		report.Degraded:        "Webstedet var langsomt eller ustabilt.",
		report.Protected:       "En beskyttelse svarede nogle af dem, der spurgte; læsere i hjemlandet fik siden.",
		report.NoEffect:        "Webstedet blev målt næsten hele tiden, og ingen virkning blev set.",
		report.Unknown:         "Der blev målt for lidt til at sige noget.",
	},
	Confidences: map[report.Confidence]string{
		report.Low: "Sikkerheden i vurderingen er lav.", report.Moderate: "Sikkerheden i vurderingen er middel.", report.High: "Sikkerheden i vurderingen er høj.",
	},
	Validities: map[report.Validity]string{
		report.Valid: "Et angreb blev set dér, hvor webstedets trafik passerer.", report.Invalid: "Webstedets udbyder så efter hele tiden og så intet angreb.",
		report.UnknownValidity: "Ingen, der kunne se det, har sagt det. Udefra kan det ikke afgøres.",
	},
	Observers: map[report.Observer]string{report.Edge: "Set ved webstedets kant", report.Provider: "Set af udbyderen"},
	Codes: map[string]string{
		"feed_dark":                 "vi kender ingen liste: kilden var tavs",
		"listed_not_claimed":        "på en liste over mål, men ikke påstået ramt",
		"claimed_not_listed":        "påstået ramt, men ikke på nogen liste, vi kender",
		"outage_without_claim":      "et udfald, som ingen har gjort krav på",
		"outage_without_listing":    "et udfald uden en liste",
		"shared_provider_suspected": "andre hos samme udbyder faldt også ud",
		"disturbance_without_claim": "en forstyrrelse, som ingen har gjort krav på",
		"vantage_blind":             "et målested kunne ikke måle",
		"geo_filter_abroad":         "afvist i udlandet, betjent i hjemlandet",
		"onset":                     "det begyndte inden for ti minutter af listen eller påstanden",
		"templates_seen":            "sidens egen front så de bestilte forespørgsler",
		"several_hosts":             "andre nævnte sider, der intet deler med den, fejlede samtidig",
		"shared_provider":           "andre med samme adresse, net eller udbyder fejlede samtidig",
		"deploy":                    "der blev lagt noget nyt ud netop da",
		"certificate":               "det er certifikatet, der fejler",
		"flash_crowd":               "der kom mange almindelige læsere",
		"wider_outage":              "mange sider, som ingen nævnte, fejlede samtidig",
		"maintenance":               "der var varslet vedligeholdelse",
		"flaky_baseline":            "sådan er det ofte på den tid af døgnet",
		"began_before":              "den fejlede, før vinduet begyndte",
		"geo_filter":                "læsere i hjemlandet fik siden, læsere i udlandet gjorde ikke",
		"proof_disagrees":           "beviset er rødt, og målestederne fik siden",
		"vantages_disagree":         "målestederne var uenige i fem runder eller flere, eller i hver tiende",
		"no_vantage_at_home":        "ingen målte fra læsernes eget land",
		"not_seen_before":           "den blev ikke målt, før den fejlede",
		"sources_disagree":          "de, der påstår det, nævner forskellige tider",
		"time_after_claiming":       "den påståede tid ligger efter påstanden",
	},
}

// Says returns what a page says for a code of a reason or a finding; false where it has no words and shows the code.
func Says(code string, l seawall.Language) (string, bool) {
	words, known := wordings[l].Codes[code]
	return words, known
}
