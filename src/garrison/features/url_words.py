"""Words and shapes that phishing, malware and spam URLs are known for, as patterns over lower-case text.

The groups follow the lexical studies the URL processor cites; the patterns are RE2, so that each costs one
linear pass however hostile the text.
"""

BRANDS = (
    "paypal", "ebay", "apple", "icloud", "itunes", "amazon", "google", "gmail", "microsoft",
    "outlook", "office365", "hotmail", "yahoo", "facebook", "instagram", "whatsapp", "linkedin",
    "netflix", "dropbox", "docusign", "adobe", "chase", "wellsfargo", "bankofamerica", "citibank",
    "hsbc", "barclays", "lloyds", "natwest", "santander", "itau", "bradesco", "mastercard",
    "americanexpress", "westernunion", "blizzard", "battle", "steam", "dhl", "fedex", "usps",
    "alibaba", "taobao", "orange", "verizon",
)  # fmt: skip
"""Names that phishing pages pretend to be."""

SHORTENERS = frozenset((
    "bit.ly", "goo.gl", "t.co", "tinyurl.com", "ow.ly", "is.gd", "buff.ly", "adf.ly", "tiny.cc",
    "cutt.ly", "j.mp", "rebrand.ly", "bl.ink", "shorte.st", "soo.gd", "s2r.co", "x.co", "v.gd",
    "qr.net", "u.to", "rb.gy", "t.ly", "lnkd.in", "db.tt", "fb.me", "youtu.be", "po.st", "su.pr",
    "snipurl.com", "cli.gs", "migre.me", "ff.im",
))  # fmt: skip
"""Hosts that stand for another address."""

CHEAP_SUFFIXES = frozenset((
    "tk", "ml", "ga", "cf", "gq", "xyz", "top", "club", "online", "site", "website", "space", "icu",
    "buzz", "work", "link", "click", "live", "rest", "fit", "pw", "cc", "ws", "info", "biz", "asia",
    "cm", "su", "win", "bid", "loan", "men", "date", "stream", "download", "racing", "review",
    "party", "science", "cricket",
))  # fmt: skip
"""Public suffixes that cost little or nothing and are often abused."""

GENERIC_SUFFIXES = frozenset(("com", "net", "org", "edu", "gov", "mil", "int"))

PATTERNS = {
    "credential_words": r"log-?in|logon|log_in|sign-?in|signon|passw|account|auth|verif|confirm|validat"
    r"|credential|identif|unlock|suspend|webscr|acesso|conta\b",
    "security_words": r"secur|safe|protect|ssl|update|upgrade|alert|recover|support|service|helpdesk|customer"
    r"|client",
    "money_words": r"bank|banc|pay|invoice|billing|wallet|card|credit|refund|tax|bitcoin|cash|finance|fatura"
    r"|boleto",
    "lure_words": r"free|bonus|gift|prize|winner|lucky|promo|casino|poker|viagra|pharm|loan|cheap|sexy|porn"
    r"|dating",
    "brand_words": "|".join(BRANDS),
    "cms_paths": r"wp-(?:content|includes|admin)|/components?/|/modules?/|/plugins/|/themes/|/templates?/"
    r"|joomla|drupal|/media/system|/administrator|/includes/",
    "control_words": r"gate\.php|config\.bin|/panel|/bot|/cmd|/shell|admin\.php|upload|backdoor|loader"
    r"|\.bin\b",
    "folder_words": r"cgi-bin|~|/temp|/tmp|/cache|/old|/backup|/images?/|/img/|/js/|/css/|/files?/|/data/"
    r"|/\.",
    "index_names": r"index\.|default\.|home\.|main\.",
    "redirect_words": r"redirect|redir|return|goto|target=|dest=|continue=|next=|url=|link=|ref=|href="
    r"|out\.php",
    "session_words": r"session|sess_?id|sid=|phpsessid|token=|uid=|cmd=|dispatch|execution=",
    "article_words": r"article|/news|/blog|/story|/post|/topic|/thread|/forum|/tag/|/category|/archive|/watch"
    r"|/search",
    "shop_words": r"product|item|/shop|/store|cart|/buy|/sale|/catalog|price|order",
    "tracking_words": r"utm_|gclid|campaign|affiliate|aff=|clickid|referrer|source=",
    "dates": r"/(?:19|20)[0-9]{2}[/-](?:0?[1-9]|1[0-2])\b",
    "years": r"\b(?:19|20)[0-9]{2}\b",
    "long_hexadecimal": r"[0-9a-f]{16,}",
    "long_numbers": r"[0-9]{8,}",
    "percent_beyond_ascii": r"%[89a-f][0-9a-f]",
    "double_percent": r"%25[0-9a-f]{2}",
    "url_inside": r"https?(?::|%3a)",
    "domain_inside": r"(?:\.|%2e)(?:com|net|org|co|info|ru|cn|br)(?:[^a-z0-9]|$)",
    "www_inside": r"www",
    "address_inside": r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}",
    "mail_inside": r"[a-z0-9._-]+(?:@|%40)[a-z0-9-]+\.[a-z]",
    "double_slashes": r"//",
    "parent_steps": r"\.\./",
    "script_extension": r"\.(?:php[0-9]?|phtml|aspx?|jspx?|cgi|pl|do|cfm|dll)(?:[/?&#;]|$)",
    "page_extension": r"\.(?:s?html?|xhtml)(?:[/?&#;]|$)",
    "asset_extension": r"\.(?:js|css|png|jpe?g|gif|ico|svg|swf|woff|xml|json|txt)(?:[/?&#;]|$)",
    "program_extension": r"\.(?:exe|scr|bat|msi|apk|jar|bin|dat|vbs|ps1|hta|dmg)(?:[/?&#;]|$)",
    "archive_extension": r"\.(?:zip|rar|7z|gz|tgz|bz2|iso|cab)(?:[/?&#;]|$)",
    "document_extension": r"\.(?:pdf|docx?|xlsx?|pptx?|rtf|csv)(?:[/?&#;]|$)",
    "double_extension": r"\.[a-z]{2,4}\.(?:exe|scr|php|html?|js|zip)(?:[/?&#]|$)",
}
"""What is counted in the path and query of a URL."""
