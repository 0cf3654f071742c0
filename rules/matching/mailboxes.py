"""Mail domains at which anybody may have an address, so that they tell of nobody."""

from __future__ import annotations

PUBLIC = frozenset(
    (
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk"),
        *("hotmail.fr", "hotmail.de", "hotmail.it", "live.com", "live.co.uk", "msn.com"),
        *("outlook.de", "outlook.fr", "yahoo.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr"),
        *("yahoo.it", "yahoo.es", "ymail.com", "aol.com", "icloud.com", "me.com", "mac.com"),
        *("proton.me", "protonmail.com", "zoho.com", "fastmail.com", "mail.com", "gmx.com"),
        *("gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de"),
        *("arcor.de", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "laposte.net"),
        *("libero.it", "virgilio.it", "tiscali.it", "alice.it", "pec.it", "btinternet.com"),
        *("sky.com", "talktalk.net", "virginmedia.com", "ntlworld.com", "blueyonder.co.uk"),
        *("comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net"),
        *("bluewin.ch", "ziggo.nl", "kpnmail.nl", "planet.nl", "telenet.be", "skynet.be"),
        *("telia.com", "online.no", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "seznam.cz"),
        *("mail.ru", "yandex.ru", "ukr.net", "qq.com", "163.com", "126.com", "uol.com.br"),
    )
)
