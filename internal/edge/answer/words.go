package answer

import "github.com/seawall-project/seawall"

// wording is Seawall's own text in one language: plain, calm, and no more than is known.
type wording struct {
	thisSite string // for a site without a name
	heading  [situations]string
	what     [situations]string
	when     [situations]string // fits [Situation.retry] and its double
	fate     [fates]string
	again    string
	message  string
	contact  string
	id       string
}

var wordings = [languages]wording{
	seawall.English: {
		thisSite: "This website",
		heading: [situations]string{
			Busy:   "The site is very busy",
			Down:   "The site cannot be reached right now",
			Late:   "The site is slow to answer",
			Broken: "The page did not come through",
		},
		what: [situations]string{
			Busy:   "More pages are being asked for than the site can deliver right now. The fault is not at your end.",
			Down:   "The server that makes this site’s pages cannot be reached. The fault is not at your end.",
			Late:   "The server that makes this site’s pages did not answer in time. The fault is not at your end.",
			Broken: "The server that makes this site’s pages broke off or reported an error. The fault is not at your end.",
		},
		when: [situations]string{
			Busy:   "Please come back in about 20 seconds.",
			Down:   "Please come back in about a minute.",
			Late:   "Please come back in about half a minute.",
			Broken: "Please come back in about a minute.",
		},
		fate: [fates]string{
			fateUnsent:  "What you submitted was not sent on. It is safe to send it again.",
			fateUnknown: "What you submitted may have been carried out. Check before you send it again.",
		},
		again:   "Try again",
		message: "From the site",
		contact: "Contact",
		id:      "Reference",
	},
	seawall.Danish: {
		thisSite: "Dette websted",
		heading: [situations]string{
			Busy:   "Webstedet har meget travlt",
			Down:   "Webstedet kan ikke nås lige nu",
			Late:   "Webstedet er længe om at svare",
			Broken: "Siden kom ikke igennem",
		},
		what: [situations]string{
			Busy:   "Der bliver bedt om flere sider, end webstedet kan nå at levere lige nu. Fejlen ligger ikke hos dig.",
			Down:   "Den server, der laver webstedets sider, kan ikke nås. Fejlen ligger ikke hos dig.",
			Late:   "Den server, der laver webstedets sider, svarede ikke i tide. Fejlen ligger ikke hos dig.",
			Broken: "Den server, der laver webstedets sider, afbrød forbindelsen eller meldte en fejl. Fejlen ligger ikke hos dig.",
		},
		when: [situations]string{
			Busy:   "Kom gerne tilbage om cirka 20 sekunder.",
			Down:   "Kom gerne tilbage om cirka et minut.",
			Late:   "Kom gerne tilbage om cirka et halvt minut.",
			Broken: "Kom gerne tilbage om cirka et minut.",
		},
		fate: [fates]string{
			fateUnsent:  "Det, du indsendte, blev ikke sendt videre. Du kan trygt sende det igen.",
			fateUnknown: "Det, du indsendte, er måske allerede blevet behandlet. Tjek det, før du sender det igen.",
		},
		again:   "Prøv igen",
		message: "Fra webstedet",
		contact: "Kontakt",
		id:      "Reference",
	},
}
