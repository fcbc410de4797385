package paper

import (
	"fmt"
	"strings"
)

type article struct {
	path, title, folded string // folded is the title in lower case
	author, lead        string
}

func writeArticles() []article {
	d := throw("articles")
	list := make([]article, Articles)
	for i := range list {
		title := headline(d)
		list[i] = article{
			path:   fmt.Sprintf("/news/%s-%d", slug(title), 1000+i),
			title:  title,
			folded: strings.ToLower(title),
			author: pick(d, people),
			lead:   pick(d, openings),
		}
	}
	return list
}

// slug returns title as it stands in a path.
func slug(title string) string {
	return strings.ReplaceAll(strings.ToLower(title), " ", "-")
}

// printArticles sets every article from a stock of paragraphs: 400 times 20 kB come out of some hundred different ones.
func (p *Paper) printArticles() {
	stock := paragraphs(throw("stock"), 300)
	for i := range p.articles {
		a := &p.articles[i]
		d := throw(a.path)
		var b strings.Builder
		write(&b, "<p class=\"by\">By ", a.author, "</p>\n<p class=\"lead\">", a.lead, "</p>\n")
		for size := d.between(8_500, 24_000); b.Len() < size; {
			b.WriteString(pick(d, stock))
		}
		b.WriteString("<h2>Read on</h2>\n<ul>\n")
		for _, j := range d.shuffled(8, Articles) {
			p.articles[j].item(&b)
		}
		b.WriteString("</ul>\n")
		p.printPage(a.path, a.title, b.String())
	}
}

// item writes the article as an entry of a list.
func (a *article) item(b *strings.Builder) {
	write(b, `<li><a href="`, a.path, `">`, a.title, "</a>\n<p>", a.lead, ` <span class="by">`, a.author, "</span></p></li>\n")
}
