package probe

import (
	"bytes"
	"html"
	"net/http"
	"regexp"
	"strings"
)

// sight is what marks are looked for in.
type sight struct {
	status int
	header http.Header
	title  string
	body   []byte
}

// mark is how an answer of one product is recognised. What a product is known by is taken from its own documentation, nothing from memory; a page
// that only speaks of such an answer has its text, but neither its status nor its fields.
type mark struct {
	product    string
	docs       string // where the product's makers describe it
	class      Class  // Unknown: the status decides
	assessment Assessment
	is         func(s sight) bool
}

// marks is the one table of marks. The first that fits decides.
var marks = [...]mark{
	{
		product: "Cloudflare challenge", class: Challenge,
		docs: "https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/",
		is:   func(s sight) bool { return s.field("Cf-Mitigated", "challenge") },
	},
	{
		product: "AWS WAF challenge", class: Challenge,
		docs: "https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-actions.html",
		is: func(s sight) bool {
			return s.status == http.StatusAccepted && s.field("X-Amzn-Waf-Action", "challenge") ||
				s.status == http.StatusMethodNotAllowed && s.field("X-Amzn-Waf-Action", "captcha")
		},
	},
	{
		product: "DataDome challenge", class: Challenge,
		docs: "https://docs.datadome.co/reference/validate-request",
		is:   func(s sight) bool { return (s.status == 401 || s.status == 403) && s.has("X-Dd-B") },
	},
	{
		product: "Anubis challenge", class: Challenge,
		docs: "https://pkg.go.dev/github.com/TecharoHQ/anubis#pkg-variables", // TestCookieName
		is:   func(s sight) bool { return s.cookie("techaro.lol-anubis-cookie-verification") },
	},
	{
		product: "Cloudflare block", class: EdgeBlock,
		docs: "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/",
		is: func(s sight) bool {
			return (s.status == 403 || s.status == 429) && s.field("Server", "cloudflare") && s.has("Cf-Ray") && cloudflareBlocks.Match(s.body)
		},
	},
	{
		product: "Akamai block", class: EdgeBlock,
		docs: "https://community.akamai.com/community/cloud-security/blog/2016/04/07/why-is-akamai-blocking-me", // and Application Security API, error-translator
		is: func(s sight) bool {
			return s.status == 403 && s.title == "Access Denied" && akamaiReference.MatchString(html.UnescapeString(string(s.body[:min(len(s.body), 4096)])))
		},
	},
	{
		product: "Azure Front Door block", class: EdgeBlock,
		docs: "https://learn.microsoft.com/azure/web-application-firewall/afds/waf-front-door-configure-custom-response-code",
		is: func(s sight) bool {
			return s.status == 403 && s.has("X-Azure-Ref") && bytes.Contains(s.body, []byte("The request is blocked."))
		},
	},
	{
		product: "F5 WAF block", class: EdgeBlock, // by default at status 200, in a page of a few hundred bytes
		docs: "https://support.f5silverline.com/hc/en-us/articles/228916927",
		is: func(s sight) bool {
			return s.title == "Request Rejected" && len(s.body) < 2048 && bytes.Contains(s.body, []byte("Your support ID is:"))
		},
	},
	{
		product: "Fastly Next-Gen WAF block", class: EdgeBlock,
		docs: "https://www.fastly.com/documentation/guides/next-gen-waf/agent-response-codes/using-custom-agent-response-codes/",
		is:   func(s sight) bool { return s.status == 406 && strings.HasPrefix(s.header.Get("X-Served-By"), "cache-") },
	},
	{
		product: "Cloudflare waiting room", class: OverloadPage,
		docs: "https://developers.cloudflare.com/waiting-room/reference/waiting-room-cookie/", // and the how-to beside it
		is: func(s sight) bool {
			return s.cookie("__cfwaitingroom") && (s.status == 202 || s.status == 429 || bytes.Contains(s.body, []byte(`id="time-remaining"`)))
		},
	},
	{
		product: "WordPress maintenance", assessment: Maintenance,
		docs: "https://developer.wordpress.org/reference/functions/wp_maintenance/",
		is: func(s sight) bool {
			return s.upkeep("Briefly unavailable for scheduled maintenance. Check back in a minute.")
		},
	},
	{
		product: "Drupal maintenance", assessment: Maintenance,
		docs: "https://api.drupal.org/api/drupal/modules!system!system.admin.inc/function/system_site_maintenance_mode/7.x",
		is:   func(s sight) bool { return s.upkeep("is currently under maintenance. We should be back shortly.") },
	},
}

// cloudflareBlocks finds the numbers of errors that refuse a visitor, not a site: by network, address, country, browser, rate or rule.
var cloudflareBlocks = regexp.MustCompile(`(?i)\berror(?:\s+code)?:?\s+(?:1005|1006|1007|1008|1009|1010|1012|1015|1020|1106)\b`)

// akamaiReference finds the number by which Akamai's customers look up why a request was refused.
var akamaiReference = regexp.MustCompile(`\bReference\s+#\d+\.[0-9a-f]+\.\d+\.[0-9a-f]+`)

// marked returns the first mark that fits.
func (s sight) marked() (mark, bool) {
	for i := range marks {
		if marks[i].is(s) {
			return marks[i], true
		}
	}
	return mark{}, false
}

func (s sight) has(name string) bool { return s.header.Get(name) != "" }

func (s sight) field(name, value string) bool {
	return strings.EqualFold(strings.TrimSpace(s.header.Get(name)), value)
}

// cookie reports whether the answer sets a cookie whose name begins with prefix: owners may add to these names.
func (s sight) cookie(prefix string) bool {
	for _, name := range cookieNames(s.header) {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// upkeep reports whether the answer is a 503 that says so.
func (s sight) upkeep(text string) bool {
	return s.status == http.StatusServiceUnavailable && bytes.Contains(s.body, []byte(text))
}
