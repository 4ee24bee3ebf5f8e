"""`overread prognosis`: does a picture say more of what becomes of patients than age, sex and blood do?"""
