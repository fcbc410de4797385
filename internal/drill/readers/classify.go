package readers

import (
	"path"
	"strings"
)

// Words of the User-Agent that give a feed reader or a script away, in lower case.
var (
	feedWords   = []string{"feed", "rss", "newsblur", "inoreader", "netvibes", "liferea", "netnewswire", "akregator", "newsboat"}
	scriptWords = []string{
		"bot", "crawl", "spider", "slurp", "curl", "wget", "python", "java/", "libwww", "go-http", "okhttp", "perl", "ruby",
		"php", "axios", "node", "scrapy", "httpclient", "monitor", "check", "archiver", "matlab", "http://", "https://",
	}
)

// assetExts are the extensions of what belongs to a page and is none.
var assetExts = map[string]bool{
	".css": true, ".js": true, ".mjs": true, ".map": true, ".png": true, ".jpg": true, ".jpeg": true, ".gif": true, ".svg": true, ".ico": true,
	".webp": true, ".avif": true, ".bmp": true, ".woff": true, ".woff2": true, ".ttf": true, ".otf": true, ".eot": true, ".mp4": true,
	".webm": true, ".mp3": true, ".json": true, ".txt": true,
}

// agentOf tells by its User-Agent what a client reads with. Ordinary browsers say "Mozilla" or "Opera" first and name no address of
// someone to complain to.
func agentOf(agent string) Agent {
	folded := strings.ToLower(agent)
	switch {
	case containsAny(folded, feedWords):
		return FeedReader
	case !strings.HasPrefix(folded, "mozilla/") && !strings.HasPrefix(folded, "opera/"), containsAny(folded, scriptWords):
		return Script
	}
	return Browser
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// isAssetPath reports whether a target of a log is an asset.
func isAssetPath(target string) bool {
	p, _, _ := strings.Cut(target, "?")
	return assetExts[strings.ToLower(path.Ext(p))]
}

// isFeedPath reports whether a target of a log is a feed.
func isFeedPath(target string) bool {
	p, query, _ := strings.Cut(strings.ToLower(target), "?")
	switch path.Ext(p) {
	case ".rss", ".atom", ".rdf":
		return true
	}
	switch path.Base(p) {
	case "feed", "rss", "atom.xml", "feed.xml", "rss.xml":
		return true
	}
	return containsAny(query, []string{"feed=rss", "flav=rss", "flav=atom"})
}
