package page

import (
	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/report"
)

// tale is what reports of incidents say in one language, beside [wording].
type tale struct {
	Title, Summary, About, Sites, Cause string

	Began, Ended, Between, NotAfter, NotKnown, NotYet, Affected, AtLeast, Grade, Flaps, ServedFrom, NotServedFrom string

	Seen, Vantage, Place, Probes, First, Last, Saw, Inside, Blind string

	Listed, Feed, Lists, Claims, Verdict, At, Unknown, Ledger, LedgerSays string

	Kinds, Phases, Grades map[string]string
	Limits                map[report.Limit]string
}

var telling = map[seawall.Language]tale{seawall.English: englishTale, seawall.Danish: danishTale}

var englishTale = tale{
	Title: "Report of incident", Summary: "In short", About: "About", Sites: "Sites", Cause: "Where the failure lies",

	Began: "Began", Ended: "Ended", Between: "between %s and %s", NotAfter: "not after", NotKnown: "not known", NotYet: "not over yet",
	Affected: "Affected, in all", AtLeast: "at least", Grade: "How it was seen", Flaps: "Times that it seemed over and was not",
	ServedFrom: "Served to vantages in", NotServedFrom: "Not served to vantages in",

	Seen: "What each vantage saw", Vantage: "Vantage", Place: "Country and network", Probes: "Failed / asked", First: "First", Last: "Last", Saw: "What it got",
	Inside: "in the site's own network", Blind: "could not see for a while",

	Listed: "Lists of attack orders that name it", Feed: "Feed", Lists: "Lists", Claims: "What was claimed of it", Verdict: "Verdict", At: "From",
	Unknown: "What is not known", Ledger: "Ledger",
	LedgerSays: "The hashes in this report stand in a signed ledger up to this entry. Who keeps this line can tell later whether it was written anew.",

	Kinds: map[string]string{
		"outage": "readers did not get the page", "slow": "readers got the page late", "protected": "a protection stands in front of the page",
		"other_content": "the site showed another page than its own", "partial": "the page came, and something that belongs to it failed",
	},
	Phases: map[string]string{
		"ongoing": "it lasts", "recovering": "it seems over, and is watched for a while", "closed": "it is over",
		"withdrawn": "withdrawn: those who saw it could not see",
	},
	Grades: map[string]string{
		"confirmed": "confirmed by vantages in several networks", "suspected_unchecked": "suspected: the vantages that saw it cannot check themselves",
		"suspected_one_place": "suspected: seen from one network alone",
	},
	Limits: map[report.Limit]string{
		report.LimitSampling:   "Sites are asked now and then, so beginnings and ends lie between two samples.",
		report.LimitOngoing:    "It is not over: figures still grow.",
		report.LimitEnd:        "A site was not measured to the end: when it was served again is not known, and it may have failed for longer.",
		report.LimitBeginning:  "Of a site nothing was measured before it failed: it may have failed for longer.",
		report.LimitOnePlace:   "Of a site it was seen from one network alone: the fault may be there.",
		report.LimitUnchecked:  "Of a site it was seen only by vantages that cannot check whether they themselves are cut off.",
		report.LimitNoHome:     "No vantage in the readers' own country could see a site: whether readers there were served is not known.",
		report.LimitBlind:      "A vantage could not see for a while; what it found then does not count.",
		report.LimitForgotten:  "Single results of all or some of that time are no longer kept, or are too many to be read here.",
		report.LimitNoInsider:  "No edge and no provider has said whether there was an attack. From outside that cannot be known.",
		report.LimitCause:      "That a site failed does not say why: an attack, a fault and a rush of readers look alike from outside.",
		report.LimitWithheld:   "Something that was told to us may not be passed on to you, and is left out.",
		report.LimitUnlistened: "No feed of attack orders is kept: whether a site was on a list is not known.",
	},
}

var danishTale = tale{
	Title: "Rapport om hændelse", Summary: "Kort sagt", About: "Det drejer sig om", Sites: "Websteder", Cause: "Hvor fejlen ligger",

	Began: "Begyndte", Ended: "Sluttede", Between: "mellem %s og %s", NotAfter: "senest", NotKnown: "vides ikke", NotYet: "ikke forbi endnu",
	Affected: "Berørt, i alt", AtLeast: "mindst", Grade: "Hvordan det blev set", Flaps: "Gange, hvor det så ud til at være forbi uden at være det",
	ServedFrom: "Målesteder, der fik siden, i", NotServedFrom: "Målesteder, der ikke fik siden, i",

	Seen: "Hvad hvert målested så", Vantage: "Målested", Place: "Land og net", Probes: "Fejlede / spurgte", First: "Første", Last: "Sidste", Saw: "Hvad det fik",
	Inside: "i webstedets eget net", Blind: "kunne ikke se i en periode",

	Listed: "Lister med angrebsordrer, der nævner det", Feed: "Kilde", Lists: "Lister", Claims: "Hvad der blev påstået om det", Verdict: "Vurdering", At: "Fra",
	Unknown: "Hvad vi ikke ved", Ledger: "Hovedbog",
	LedgerSays: "Rapportens hashværdier står i en underskrevet hovedbog frem til denne post. Den, der gemmer linjen, kan senere se, om bogen er skrevet om.",

	Kinds: map[string]string{
		"outage": "læserne fik ikke siden", "slow": "læserne fik siden sent", "protected": "en beskyttelse står foran siden",
		"other_content": "webstedet viste en anden side end sin egen", "partial": "siden kom, og noget, der hører til den, fejlede",
	},
	Phases: map[string]string{
		"ongoing": "det står på", "recovering": "det ser ud til at være forbi og følges lidt endnu", "closed": "det er forbi",
		"withdrawn": "trukket tilbage: de, der så det, kunne ikke se",
	},
	Grades: map[string]string{
		"confirmed": "bekræftet af målesteder i flere net", "suspected_unchecked": "mistanke: målestederne, der så det, kan ikke kontrollere sig selv",
		"suspected_one_place": "mistanke: kun set fra ét net",
	},
	Limits: map[report.Limit]string{
		report.LimitSampling:   "Websteder bliver spurgt en gang imellem, så begyndelse og slutning ligger mellem to målinger.",
		report.LimitOngoing:    "Det er ikke forbi: tallene vokser endnu.",
		report.LimitEnd:        "Et websted blev ikke målt til ende: hvornår siden kom igen, vides ikke, og det kan have fejlet i længere tid.",
		report.LimitBeginning:  "Et websted blev ikke målt, før det fejlede: det kan have fejlet i længere tid.",
		report.LimitOnePlace:   "Et websteds fejl blev kun set fra ét net: fejlen kan ligge dér.",
		report.LimitUnchecked:  "Et websteds fejl blev kun set af målesteder, der ikke kan kontrollere, om de selv er afskåret.",
		report.LimitNoHome:     "Intet målested i læsernes eget land kunne se et websted: om læserne dér fik siden, vides ikke.",
		report.LimitBlind:      "Et målested kunne ikke se i en periode; hvad det fandt dér, tæller ikke.",
		report.LimitForgotten:  "Enkelte målinger fra hele eller en del af tiden er ikke længere gemt, eller er for mange til at blive læst her.",
		report.LimitNoInsider:  "Hverken webstedets egen front eller en udbyder har sagt, om der var et angreb. Udefra kan det ikke afgøres.",
		report.LimitCause:      "At et websted fejlede, siger ikke hvorfor: et angreb, en fejl og mange læsere på én gang ligner hinanden udefra.",
		report.LimitWithheld:   "Noget, vi har fået fortalt, må ikke gives videre til jer og er udeladt.",
		report.LimitUnlistened: "Ingen kilde til angrebsordrer følges: om et websted stod på en liste, vides ikke.",
	},
}
