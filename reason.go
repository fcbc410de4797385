package seawall

// Reason is why the edge acted as it did, as a small code that metrics count and that [Reason.Text] spells out for people.
type Reason uint8

// The reasons. Codes are stable: a code is never renamed or used again for another meaning.
const (
	ReasonNone Reason = iota

	ReasonFresh      // a fresh copy was at hand
	ReasonMiss       // no copy was at hand
	ReasonRevalidate // the copy at hand has to be confirmed by the origin
	ReasonUncachable // this request may only be answered by the origin

	ReasonUnknownHost  // the host asked for is not one of our sites
	ReasonBadRequest   // the request is not well-formed
	ReasonMethod       // the method is not one that Seawall forwards
	ReasonBodyTooLarge // the body is longer than the limit

	// What makes a head or a body one that two servers could read in two ways, or that none should have to read.
	ReasonLengthAndCoding // both Content-Length and Transfer-Encoding
	ReasonRepeatedLength  // Content-Length twice
	ReasonBadLength       // Content-Length that is no number
	ReasonTransferCoding  // a Transfer-Encoding other than chunked, or in HTTP/1.0
	ReasonHostField       // Host that is missing, given twice, no host, or not the one in the target
	ReasonFoldedField     // a field that goes on in the next line (obs-fold)
	ReasonBareNewline     // CR or LF alone
	ReasonFieldSpace      // white space before a field's colon
	ReasonBadField        // any other malformed field
	ReasonBadTarget       // a request target that is none
	ReasonVersion         // a version of HTTP that is not spoken here
	ReasonExpectation     // an expectation that cannot be met
	ReasonHeadTooLarge    // a head beyond the limit
	ReasonBadChunk        // a malformed chunk of a body
	ReasonWrongLength     // HTTP/2: a body that is not as long as it claims to be
	ReasonPseudoField     // HTTP/2: pseudo-header fields that make no request
	ReasonConnectionField // HTTP/2: a field that concerns one connection
	ReasonFrames          // HTTP/2: too many frames that ask for nothing

	ReasonConnections // there is no room for one more connection, or not from this network
	ReasonHandshakes  // there is no room for one more TLS handshake
	ReasonHandshake   // the TLS handshake failed or took too long

	ReasonShed          // waited for the origin until its patience ended
	ReasonQueueFull     // the queue to the origin had no room left
	ReasonCrowded       // too many already wait for the very same page
	ReasonUploads       // all room for what is sent in is taken
	ReasonStreams       // all room for long answers is taken
	ReasonOriginDown    // no connection to the origin
	ReasonOriginTimeout // the origin did not answer in time
	ReasonOriginReset   // the origin broke off
	ReasonOriginError   // the origin answered 502, 503 or 504
	ReasonClientGone    // the reader left before the answer

	// The cache's.
	ReasonRenewing     // a copy just past its time, while the origin is asked
	ReasonWantsNewer   // the reader wants a newer copy than the fresh one at hand
	ReasonTakesStale   // the reader takes a stale copy
	ReasonOnlyIfCached // the reader wants nothing that the origin must be asked for, and there is nothing else

	ReasonProof // proof of an ordinary browser is asked for
	ReasonLine  // a place in the waiting line is given

	ReasonLoop             // the request has come through Seawall before
	ReasonOriginConnect    // no connection to the origin in time
	ReasonOriginHandshake  // no TLS handshake with the origin in time
	ReasonOriginStalled    // the origin sent nothing more of its answer for too long
	ReasonOriginUnfinished // the origin did not come to the end of its answer in time
	ReasonTunnels          // all room for connections that stay open is taken, or this one made way for another network's
	ReasonElsewhere        // the page has another address: the site's own name, or https
	ReasonValidation       // a certificate authority asks whether the site is ours (RFC 8555, section 8.3)

	ReasonSlowUpload // the request's body came too slowly to be passed on to the origin

	// While the origin is in distress, for requests of a kind that attackers were told to send, see [RuleSet].
	ReasonListed     // it takes a later turn
	ReasonListedCopy // it is answered with the copy at hand, and a new one is asked for

	reasons
)

// Reasons returns every reason but [ReasonNone], in order.
func Reasons() []Reason {
	all := make([]Reason, 0, reasons-1)
	for r := ReasonNone + 1; r < reasons; r++ {
		all = append(all, r)
	}
	return all
}

type wording struct {
	code string
	text [languages]string
}

var wordings = [reasons]wording{
	ReasonNone:       {"none", [languages]string{"No reason was recorded.", "Der er ikke noteret nogen årsag."}},
	ReasonFresh:      {"fresh", [languages]string{"A fresh copy of the page was at hand.", "En frisk kopi af siden lå klar."}},
	ReasonMiss:       {"miss", [languages]string{"No copy of the page was at hand, so the origin was asked.", "Der lå ingen kopi af siden klar, så den server, der laver siderne, blev spurgt."}},
	ReasonRevalidate: {"revalidate", [languages]string{"The copy at hand was no longer fresh, so the origin was asked whether it still holds.", "Kopien var ikke længere frisk, så den server, der laver siderne, blev spurgt, om kopien stadig gælder."}},
	ReasonUncachable: {"uncachable", [languages]string{"Only the origin can answer this request.", "Kun den server, der laver siderne, kan besvare denne forespørgsel."}},

	ReasonUnknownHost:  {"unknown_host", [languages]string{"The host name asked for is not one of the sites served here.", "Det værtsnavn, der blev spurgt efter, tilhører ikke noget af de websteder, der betjenes her."}},
	ReasonBadRequest:   {"bad_request", [languages]string{"The request was not well-formed.", "Forespørgslen var ikke korrekt udformet."}},
	ReasonMethod:       {"method", [languages]string{"The request used a method that is not forwarded.", "Forespørgslen brugte en metode, der ikke sendes videre."}},
	ReasonBodyTooLarge: {"body_too_large", [languages]string{"What was sent is larger than the site accepts.", "Det, der blev sendt, er større end det, webstedet tager imod."}},

	ReasonLengthAndCoding: {"length_and_coding", [languages]string{"The request gave the length of its body in two ways at once.", "Forespørgslen angav længden af sit indhold på to måder på én gang."}},
	ReasonRepeatedLength:  {"repeated_length", [languages]string{"The request gave the length of its body twice.", "Forespørgslen angav længden af sit indhold to gange."}},
	ReasonBadLength:       {"bad_length", [languages]string{"The request gave a length that is no number.", "Forespørgslen angav en længde, der ikke er et tal."}},
	ReasonTransferCoding:  {"transfer_coding", [languages]string{"The request's body was coded in a way that is not accepted.", "Forespørgslens indhold var kodet på en måde, der ikke accepteres."}},
	ReasonHostField:       {"host_field", [languages]string{"The request did not say clearly which site it is for.", "Forespørgslen sagde ikke klart, hvilket websted den gælder."}},
	ReasonFoldedField:     {"folded_field", [languages]string{"A field of the request went on in the next line, which is no longer allowed.", "Et felt i forespørgslen fortsatte på næste linje, hvilket ikke længere er tilladt."}},
	ReasonBareNewline:     {"bare_newline", [languages]string{"A line of the request did not end as lines must.", "En linje i forespørgslen sluttede ikke, som linjer skal."}},
	ReasonFieldSpace:      {"field_space", [languages]string{"There was a space between the name and the colon of a field.", "Der var et mellemrum mellem et felts navn og kolonet."}},
	ReasonBadField:        {"bad_field", [languages]string{"A field of the request was not well-formed.", "Et felt i forespørgslen var ikke korrekt udformet."}},
	ReasonBadTarget:       {"bad_target", [languages]string{"The address asked for was not well-formed.", "Den adresse, der blev spurgt efter, var ikke korrekt udformet."}},
	ReasonVersion:         {"version", [languages]string{"The request used a version of HTTP that is not spoken here.", "Forespørgslen brugte en version af HTTP, der ikke tales her."}},
	ReasonExpectation:     {"expectation", [languages]string{"The request expected something that cannot be met.", "Forespørgslen forventede noget, der ikke kan opfyldes."}},
	ReasonHeadTooLarge:    {"head_too_large", [languages]string{"The request's fields are larger than is accepted.", "Forespørgslens felter er større, end der tages imod."}},
	ReasonBadChunk:        {"bad_chunk", [languages]string{"The request's body was not sent in well-formed pieces.", "Forespørgslens indhold blev ikke sendt i korrekt udformede stykker."}},
	ReasonWrongLength:     {"wrong_length", [languages]string{"The request's body was not as long as announced.", "Forespørgslens indhold var ikke så langt som angivet."}},
	ReasonPseudoField:     {"pseudo_field", [languages]string{"The request did not say in the form of HTTP/2 what it asks for.", "Forespørgslen sagde ikke på HTTP/2's form, hvad den beder om."}},
	ReasonConnectionField: {"connection_field", [languages]string{"The request held a field that has no place in HTTP/2.", "Forespørgslen indeholdt et felt, der ikke hører hjemme i HTTP/2."}},
	ReasonFrames:          {"frames", [languages]string{"The connection was busy with signals that ask for nothing.", "Forbindelsen var optaget af signaler, der ikke beder om noget."}},

	ReasonConnections: {"connections", [languages]string{"There was no room for more connections.", "Der var ikke plads til flere forbindelser."}},
	ReasonHandshakes:  {"handshakes", [languages]string{"There was no room for setting up more encrypted connections.", "Der var ikke plads til at oprette flere krypterede forbindelser."}},
	ReasonHandshake:   {"handshake", [languages]string{"The encrypted connection could not be set up.", "Den krypterede forbindelse kunne ikke oprettes."}},

	ReasonShed:          {"shed", [languages]string{"The site is under heavy load and the request had waited as long as is sensible.", "Webstedet er hårdt belastet, og forespørgslen havde ventet, så længe det gav mening."}},
	ReasonQueueFull:     {"queue_full", [languages]string{"The site is under heavy load and the queue was full.", "Webstedet er hårdt belastet, og køen var fuld."}},
	ReasonCrowded:       {"crowded", [languages]string{"Many others were already waiting for the very same page.", "Mange andre ventede allerede på præcis samme side."}},
	ReasonUploads:       {"uploads", [languages]string{"Much is being sent to the site at once, and there was no room left for more.", "Der blev sendt meget til webstedet på én gang, og der var ikke plads til mere."}},
	ReasonStreams:       {"streams", [languages]string{"Many long downloads are under way, and there was no room left for more.", "Der var mange store downloads i gang, og der var ikke plads til flere."}},
	ReasonOriginDown:    {"origin_down", [languages]string{"The server that makes the pages could not be reached.", "Den server, der laver siderne, kunne ikke nås."}},
	ReasonOriginTimeout: {"origin_timeout", [languages]string{"The server that makes the pages did not answer in time.", "Den server, der laver siderne, svarede ikke i tide."}},
	ReasonOriginReset:   {"origin_reset", [languages]string{"The server that makes the pages broke off in the middle.", "Den server, der laver siderne, afbrød forbindelsen midt i svaret."}},
	ReasonOriginError:   {"origin_error", [languages]string{"The server that makes the pages reported that it cannot answer now.", "Den server, der laver siderne, meldte, at den ikke kunne svare lige nu."}},
	ReasonClientGone:    {"client_gone", [languages]string{"The reader left before the answer was complete.", "Læseren forlod siden, før svaret var nået frem."}},

	ReasonRenewing:     {"renewing", [languages]string{"The copy at hand was just past its time and was shown while a newer one was fetched.", "Kopien havde lige passeret sin udløbstid og blev vist, mens en nyere blev hentet."}},
	ReasonWantsNewer:   {"wants_newer", [languages]string{"A fresh copy was at hand, but the reader asked for a newer one.", "En frisk kopi lå klar, men læseren bad om en nyere."}},
	ReasonTakesStale:   {"takes_stale", [languages]string{"The copy at hand was no longer fresh, and the reader had said that such a copy would do.", "Kopien var ikke længere frisk, og læseren havde sagt, at sådan en kopi er god nok."}},
	ReasonOnlyIfCached: {"only_if_cached", [languages]string{"The reader asked for a copy alone, and no copy was at hand.", "Læseren bad alene om en kopi, og der lå ingen kopi klar."}},

	ReasonProof: {"proof", [languages]string{"The visitor was asked to show that this is an ordinary browser.", "Den besøgende blev bedt om at vise, at der var tale om en almindelig browser."}},
	ReasonLine:  {"line", [languages]string{"The visitor was given a place in line.", "Den besøgende fik en plads i køen."}},

	ReasonLoop: {"loop", [languages]string{"The request went round in circles: it had come through here before.", "Forespørgslen gik i ring: den havde været her før."}},

	ReasonOriginConnect:    {"origin_connect", [languages]string{"The server that makes the pages did not take a connection in time.", "Den server, der laver siderne, tog ikke imod en forbindelse i tide."}},
	ReasonOriginHandshake:  {"origin_handshake", [languages]string{"The encrypted connection to the server that makes the pages was not set up in time.", "Den krypterede forbindelse til den server, der laver siderne, blev ikke oprettet i tide."}},
	ReasonOriginStalled:    {"origin_stalled", [languages]string{"The server that makes the pages fell silent in the middle of its answer.", "Den server, der laver siderne, gik i stå midt i sit svar."}},
	ReasonOriginUnfinished: {"origin_unfinished", [languages]string{"The server that makes the pages did not finish its answer in time.", "Den server, der laver siderne, blev ikke færdig med sit svar i tide."}},
	ReasonTunnels:          {"tunnels", [languages]string{"Many connections that stay open are under way, and there was no room left for this one.", "Der var mange forbindelser, som holdes åbne, og der var ikke plads til denne."}},
	ReasonElsewhere:        {"elsewhere", [languages]string{"The page has another address, and the reader was pointed to it.", "Siden har en anden adresse, og læseren blev henvist til den."}},
	ReasonSlowUpload:       {"slow_upload", [languages]string{"What was sent came too slowly, and others were waiting for the place that it held.", "Det, der blev sendt, kom for langsomt, og andre ventede på den plads, det optog."}},

	ReasonListed:     {"listed", [languages]string{"The site is under heavy load, and attackers were told to send requests of this kind, so it waits behind others.", "Webstedet er hårdt belastet, og angribere har fået besked på at sende forespørgsler af denne slags, så den venter bag andre."}},
	ReasonListedCopy: {"listed_copy", [languages]string{"The site is under heavy load, and attackers were told to send requests of this kind, so the copy at hand was served while a new one is asked for.", "Webstedet er hårdt belastet, og angribere har fået besked på at sende forespørgsler af denne slags, så den kopi, der lå klar, blev vist, mens en ny hentes."}},
	ReasonValidation: {"validation", [languages]string{"A certificate authority checked that the site is served here.", "En certifikatudsteder kontrollerede, at webstedet betjenes her."}},
}

// String returns the stable code used in metrics, logs and JSON, such as "origin_timeout".
func (r Reason) String() string {
	if r < reasons {
		return wordings[r].code
	}
	return "unknown"
}

// Text returns the reason as one plain sentence for a person, in language l.
func (r Reason) Text(l Language) string {
	if r >= reasons || l >= languages {
		return ""
	}
	return wordings[r].text[l]
}
