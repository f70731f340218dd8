"""Characters that are written as their two halves to hide them: 赌 as 贝者. Pure data, our own short table.

No installed package holds decompositions, so only characters that stand often in listed words are here; a
word hidden with others is not found this way. Left-right characters only, as they stay legible when split.
"""

_TABLE = """
赌贝者 博十尃 嫖女票 妓女支 娼女昌 奸女干 妹女未 婊女表 姐女且 奶女乃 妈女马 枪木仓 杀木又 械木戒 弹弓单
炸火乍 炮火包 烟火因 贩贝反 贷贝代 赚贝兼 赔贝咅 财贝才 钱钅戋 销钅肖 钞钅少 银钅艮 约纟勺 红纟工 线纟戋
给纟合 代亻弋 做亻故 信亻言 伪亻为 裸衤果 被衤皮 淫氵㸒 海氵每 洛氵各 油氵由 浴氵谷 洗氵先 冰冫水 决冫夬
彩采彡 股月殳 脱月兑 胸月匈 腿月退 肛月工 脏月庄 聊耳卯 砍石欠 码石马 碎石卒 粉米分 籽米子 吸口及 吃口乞
喝口曷 呼口乎 哈口合 吗口马 啡口非 唑口坐 咖口加 嗨口海 诈讠乍 诱讠秀 骗马扁 讨讠寸 话讠舌 证讠正 译讠圣
操扌喿 抢扌仓 打扌丁 扑扌卜 投扌殳 按扌安 授扌受 招扌召 换扌奂 找扌戈 性忄生 情忄青 快忄夬 极木及 楼木娄
机木几 杆木干 站立占 端立耑 龄齿令 孩子亥 视礻见 频步页 颜彦页 额客页 顿屯页 即艮卩 刺束刂 刮舌刂 割害刂
利禾刂 别另刂 刑开刂 删册刂 制制刂 劫去力 助且力 勒革力 动云力 外夕卜 死歹匕 残歹戋 毙比死 殴区殳 鸡又鸟
鸦牙鸟 鸭甲鸟 鸽合鸟 群君羊 邮由阝 部咅阝 都者阝 邦丰阝 郎良阝 阴阝月 阳阝日 险阝佥 陪阝咅 陌阝百
"""
PAIRS: dict[str, str] = {
    entry[1:]: entry[0] for entry in _TABLE.split() if len(entry) == 3 and entry[0] not in entry[1:]
}
