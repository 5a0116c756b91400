"""Administrative divisions by GB/T 2260 code: the provinces, and Ningxia's cities and counties.

Source of the Ningxia rows: modood/Administrative-divisions-of-China @57a0aa9, dist/areas.csv (5 cities, 22 counties).
Romanised names are Hanyu Pinyin. Other provinces' cities and counties are accepted by form and shown by province.
"""

from __future__ import annotations

import re

from ..kernel.errors import InvalidInput
from ..kernel.texts import Language

_PROVINCES = """
11 北京市 Beijing|12 天津市 Tianjin|13 河北省 Hebei|14 山西省 Shanxi|15 内蒙古自治区 Inner Mongolia|21 辽宁省 Liaoning
22 吉林省 Jilin|23 黑龙江省 Heilongjiang|31 上海市 Shanghai|32 江苏省 Jiangsu|33 浙江省 Zhejiang|34 安徽省 Anhui
35 福建省 Fujian|36 江西省 Jiangxi|37 山东省 Shandong|41 河南省 Henan|42 湖北省 Hubei|43 湖南省 Hunan
44 广东省 Guangdong|45 广西壮族自治区 Guangxi|46 海南省 Hainan|50 重庆市 Chongqing|51 四川省 Sichuan|52 贵州省 Guizhou
53 云南省 Yunnan|54 西藏自治区 Tibet|61 陕西省 Shaanxi|62 甘肃省 Gansu|63 青海省 Qinghai|64 宁夏回族自治区 Ningxia
65 新疆维吾尔自治区 Xinjiang|71 台湾省 Taiwan|81 香港特别行政区 Hong Kong|82 澳门特别行政区 Macao
"""

_NINGXIA = """
6401 银川市 Yinchuan|640104 兴庆区 Xingqing|640105 西夏区 Xixia|640106 金凤区 Jinfeng|640121 永宁县 Yongning
640122 贺兰县 Helan|640181 灵武市 Lingwu|6402 石嘴山市 Shizuishan|640202 大武口区 Dawukou|640205 惠农区 Huinong
640221 平罗县 Pingluo|6403 吴忠市 Wuzhong|640302 利通区 Litong|640303 红寺堡区 Hongsibu|640323 盐池县 Yanchi
640324 同心县 Tongxin|640381 青铜峡市 Qingtongxia|6404 固原市 Guyuan|640402 原州区 Yuanzhou|640422 西吉县 Xiji
640423 隆德县 Longde|640424 泾源县 Jingyuan|640425 彭阳县 Pengyang|6405 中卫市 Zhongwei|640502 沙坡头区 Shapotou
640521 中宁县 Zhongning|640522 海原县 Haiyuan
"""


def _table(rows: str) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for row in rows.replace("\n", "|").split("|"):
        if row:
            code, chinese, english = row.split(" ", 2)
            found[code.ljust(6, "0")] = (chinese, english)
    return found


REGIONS: dict[str, tuple[str, str]] = {**_table(_PROVINCES), **_table(_NINGXIA)}

NINGXIA = "640000"


def require_region(code: str, field: str = "region_code") -> str:
    """`code` if it can be a division's code. Raises InvalidInput `region.unknown`.

    Within Ningxia the division must be listed; elsewhere the province must be.
    """
    if re.fullmatch(r"[0-9]{6}", code):
        known = code in REGIONS if code.startswith("64") else f"{code[:2]}0000" in REGIONS
        if known:
            return code
    raise InvalidInput("region.unknown", field=field, value=code[:20])


def region_name(code: str, language: Language) -> str:
    """A place as people say it: city and county within Ningxia, the province elsewhere."""
    which = 0 if language == "zh" else 1
    if code == NINGXIA or code not in REGIONS or code.endswith("0000"):
        province = REGIONS.get(f"{code[:2]}0000")
        return province[which] if province else code
    own = REGIONS[code][which]
    city_code = f"{code[:4]}00"
    if code == city_code:
        return own
    city = REGIONS[city_code][which]
    return f"{city}{own}" if language == "zh" else f"{own}, {city}"
